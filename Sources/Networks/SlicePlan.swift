/// Everything that depends on an input's size and the box of its non-zero pixels: rectangles, layers made ready for them,
/// and where each map lies in a worker's arena.
///
/// Immutable, shared by all threads.
struct SlicePlan: Sendable {
  /// What identifies a plan: the size of the padded input, and the non-zero box in its coordinates.
  struct Key: Hashable, Sendable {
    let size: MapSize
    let image: MapRegion
  }

  /// A part of a map in the arena.
  struct Place: Sendable {
    var offset: Int
    let region: MapRegion
    let positionBytes: Int
  }

  /// What surrounds a computed rectangle in a map of `size`.
  struct Surroundings: Sendable {
    let zeroMap: ZeroMap
    let computed: MapRegion
    let size: MapSize
  }

  /// One step of the network, or a strip of one; `run` is nil where nothing depends on the image.
  struct Step: Sendable {
    /// Index in `LayerSet.steps`.
    let index: Int
    let run: LayerRun?
    var source: Place, target: Place
    let surroundings: Surroundings?
    /// Score map 0...2 (block 3, block 4, fc7) that the target is gathered into.
    let score: Int?
    var scratchOffset: Int
  }

  /// A score map in row-major order, [channels, rows, columns] float32, and what it holds outside the computed part.
  struct Score: Sendable {
    var offset: Int
    let shape: LayerShape
    let surroundings: ZeroMap?
  }

  /// Pooled rows of a strip: of the rows before, one in 16 is computed twice.
  static let stripRows = 16

  let image: Place
  let steps: [Step]
  let scores: [Score]
  let upsamplingStages: [UpsamplingStage]
  /// Sizes and offsets of the first two stages' outputs; the third is the result.
  let upsampled: [(offset: Int, shape: LayerShape)]
  let arenaBytes: Int
  let leadingZeros: Int

  /// Own kernels need no compiling: tens of microseconds. oneDNN's cost milliseconds for sizes not seen before.
  init(_ network: LayerSet, zeroImage: ZeroImage, rows: Int, columns: Int, image: MapRegion) throws(NetworkError) {
    let shapes = try network.description.networkShapes(rows: rows, columns: columns)
    var builder = SlicePlanBuilder(network, zeroImage: zeroImage, shapes: shapes, image: image)
    try builder.build()
    let upsampledBuffers = shapes.upsampled.dropLast().map { builder.keep($0) }
    let (offsets, bytes) = builder.arena.solve()
    self.image = builder.image.placed(offsets)
    steps = builder.steps.map { step in
      var step = step
      (step.source, step.target) = (step.source.placed(offsets), step.target.placed(offsets))
      step.scratchOffset = offsets[step.scratchOffset]
      return step
    }
    scores = builder.scores.map { Score(offset: offsets[$0.offset], shape: $0.shape, surroundings: $0.surroundings) }
    upsampled = zip(upsampledBuffers, shapes.upsampled).map { (offsets[$0], $1) }
    upsamplingStages = network.description.upsamplingStages
    (arenaBytes, leadingZeros) = (bytes, shapes.leadingZeros)
  }
}

extension SlicePlan.Place {
  /// While a plan is built an offset is the number of a buffer; this is the place in the arena.
  fileprivate func placed(_ offsets: [Int]) -> SlicePlan.Place {
    SlicePlan.Place(offset: offsets[offset], region: region, positionBytes: positionBytes)
  }
}

/// Puts a plan together step by step; offsets are numbers of buffers until the arena is laid out.
private struct SlicePlanBuilder {
  typealias Place = SlicePlan.Place

  var arena = ArenaLayout()
  private(set) var image: Place
  private(set) var steps: [SlicePlan.Step] = []
  private(set) var scores: [SlicePlan.Score] = []
  private let network: LayerSet
  private let zeroImage: ZeroImage
  private let shapes: NetworkShapes
  private let sizes: [MapSize]
  private let regions: DependentRegions
  private let profiles: (rows: AxisProfile, columns: AxisProfile)
  private var trunk: Place

  init(_ network: LayerSet, zeroImage: ZeroImage, shapes: NetworkShapes, image region: MapRegion) {
    (self.network, self.zeroImage, self.shapes) = (network, zeroImage, shapes)
    sizes = ([shapes.paddedInput] + shapes.steps).map(\.size)
    regions = DependentRegions(network.steps, shapes: shapes, image: region)
    profiles = (network.profile(sizes: sizes.map(\.rows)), network.profile(sizes: sizes.map(\.columns)))
    let held = regions.maps[0].held
    let bytes = held.positionCount * network.positionBytes[0]
    image = Place(offset: arena.add(bytes: bytes, at: 0), region: held, positionBytes: network.positionBytes[0])
    trunk = image
  }

  mutating func build() throws(NetworkError) {
    var index = 0
    while index < network.steps.count {
      if let end = endOfStrips(from: index) {
        try appendStrips(index..<end)
        index = end
      } else {
        try network.steps[index].isTrunk ? append(index) : appendScore(index)
        index += 1
      }
    }
  }

  /// A buffer for a row-major map of float32 that stays to the end.
  mutating func keep(_ shape: LayerShape) -> Int {
    let bytes = shape.channels * shape.rows * shape.columns * MemoryLayout<Float>.size
    let buffer = arena.add(bytes: bytes, at: steps.count)
    arena.use(buffer, at: .max)
    return buffer
  }

  private mutating func append(_ index: Int) throws(NetworkError) {
    let (computed, held) = (regions.maps[index + 1].computed, regions.maps[index + 1].held)
    let target = newPlace(index + 1, held)
    try append(index, writes: computed, from: trunk, to: target, fills: true)
    trunk = target
  }

  private mutating func appendScore(_ index: Int) throws(NetworkError) {
    // A score costs next to nothing: it is computed wherever its map is held.
    let writes = trunk.region
    let shape = shapes.steps[index]
    let whole = MapRegion(wholeOf: shape.size)
    scores.append(
      SlicePlan.Score(
        offset: keep(shape), shape: shape, surroundings: writes == whole ? nil : try zeroMap(index + 1)))
    try append(
      index, writes: writes, from: trunk, to: newPlace(index + 1, writes), fills: false, score: scores.count - 1)
  }

  /// One computation of `writes`; `fills` says whether the rest of the target's region is filled in as well.
  private mutating func append(
    _ index: Int, writes: MapRegion, from source: Place, to target: Place, fills: Bool, score: Int? = nil
  ) throws(NetworkError) {
    let moment = steps.count
    var run: LayerRun?
    if !writes.isEmpty { run = try network.run(index, writes: writes, input: sizes[network.sources[index]]) }
    var surroundings: SlicePlan.Surroundings?
    let computed = fills ? writes.hull(regions.maps[index + 1].computed).intersection(target.region) : writes
    if fills, !target.region.isEmpty, computed != target.region {
      surroundings = SlicePlan.Surroundings(
        zeroMap: try zeroMap(index + 1), computed: computed, size: sizes[index + 1])
    }
    arena.use(source.offset, at: moment)
    arena.use(target.offset, bytes: target.region.positionCount * target.positionBytes, at: moment)
    steps.append(
      SlicePlan.Step(
        index: index, run: run, source: source, target: target, surroundings: surroundings, score: score,
        scratchOffset: arena.add(bytes: run?.scratchByteCount ?? 0, at: moment)))
  }

  private mutating func newPlace(_ map: Int, _ region: MapRegion) -> Place {
    Place(
      offset: arena.add(bytes: 0, at: steps.count), region: region, positionBytes: network.positionBytes[map])
  }

  private func zeroMap(_ map: Int) throws(NetworkError) -> ZeroMap {
    try zeroImage.map(map, rows: profiles.rows, columns: profiles.columns)
  }
}

// Strips.
extension SlicePlanBuilder {
  /// The end of a block that starts at `index` and is worth strips, so that its maps stay in the cache and out of memory:
  /// at most two convolutions of large maps, then a pool.
  private func endOfStrips(from index: Int) -> Int? {
    guard let end = network.steps.endOfBlock(from: index) else { return nil }
    let largest = (index + 1..<end).map { regions.maps[$0].held.positionCount * network.positionBytes[$0] }.max() ?? 0
    return largest > network.options.stripBytes && !regions.maps[end].computed.isEmpty ? end : nil
  }

  private mutating func appendStrips(_ indices: Range<Int>) throws(NetworkError) {
    let last = indices.upperBound
    let (computed, held) = (regions.maps[last].computed, regions.maps[last].held)
    let (source, target) = (trunk, newPlace(last, held))
    let buffers = indices.dropLast().map { _ in arena.add(bytes: 0, at: steps.count) }
    for start in stride(from: computed.rows.lowerBound, to: computed.rows.upperBound, by: SlicePlan.stripRows) {
      let rows = start..<min(start + SlicePlan.stripRows, computed.rows.upperBound)
      // From the pool backwards: what each map of the block must hold for this strip.
      var parts = [MapRegion(rows: rows, columns: computed.columns)]
      for index in indices.dropFirst().reversed() {
        parts.insert(network.steps[index].window.inputs(of: parts[0], in: sizes[index]), at: 0)
      }
      var from = source
      for (place, index) in indices.enumerated() {
        let isPool = index + 1 == last
        let to =
          isPool
          ? target
          : Place(offset: buffers[place], region: parts[place], positionBytes: network.positionBytes[index + 1])
        let writes = isPool ? parts[place] : parts[place].intersection(regions.maps[index + 1].computed)
        // The whole pooled map is filled around its rectangle once, with the last strip.
        try append(
          index, writes: writes, from: from, to: to, fills: !isPool || rows.upperBound == computed.rows.upperBound)
        from = to
      }
    }
    trunk = target
  }
}
