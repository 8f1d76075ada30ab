/// Everything that depends on an input's size and the box of its non-zero pixels: rectangles, compiled layers, and where
/// each map lies in a worker's arena.
///
/// Immutable, shared by all threads.
struct SlicePlan: Sendable {
  /// What identifies a plan: the size of the padded input, and the non-zero box in its coordinates.
  struct Key: Hashable, Sendable {
    let size: MapSize
    let image: MapRegion
  }

  /// A map of the trunk in the arena; `offset` counts from the trunk's start.
  struct Map: Sendable {
    let offset: Int
    let positionBytes: Int
    let size: MapSize
    let regions: DependentRegions.Map
    /// What surrounds the computed rectangle; nil where nothing does.
    let surroundings: ZeroMap?
  }

  /// One step; `run` is nil when nothing of its output depends on the image.
  struct Step: Sendable {
    let run: LayerRun?
    let source: Int
    let target: Target
  }

  enum Target: Sendable {
    case map(Int)
    /// Score map 0...2: block 3, block 4, fc7; row-major after it was computed.
    case score(Int)
  }

  /// A score map: computed on `computed`, as for an image of zeros elsewhere.
  struct Score: Sendable {
    /// Of the row-major map in the arena, [channels, rows, columns] float32.
    let offset: Int
    let shape: LayerShape
    let computed: MapRegion
    let surroundings: ZeroMap?

    /// Bytes of one position as the layer writes it.
    static func positionBytes(channels: Int) -> Int {
      (channels + 15) / 16 * 16 * MemoryLayout<Float>.size
    }
  }

  let steps: [Step]
  /// Indexed like `LayerSet.sources`; nil for score maps.
  let maps: [Map?]
  let scores: [Score]
  let upsamplingStages: [UpsamplingStage]
  /// Sizes and arena offsets of the first two stages' outputs; the third is the result.
  let upsampled: [(offset: Int, shape: LayerShape)]
  /// Where the trunk's stretch starts; offsets of maps count from here.
  let trunkOffset: Int
  /// A score map before it is brought into row-major order, and the kernels' scratch memory.
  let stagingOffset: Int, scratchOffset: Int
  /// Bytes of the arena; all offsets are multiples of 64.
  let arenaBytes: Int
  let leadingZeros: Int

  /// Compiles all layers; costs milliseconds for sizes that this process has not seen.
  init(_ network: LayerSet, zeroImage: ZeroImage, rows: Int, columns: Int, image: MapRegion) throws(NetworkError) {
    let shapes = try network.description.networkShapes(rows: rows, columns: columns)
    let sizes = ([shapes.paddedInput] + shapes.steps).map(\.size)
    let regions = DependentRegions(network.steps, shapes: shapes, image: image)
    let profiles = (network.profile(sizes: sizes.map(\.rows)), network.profile(sizes: sizes.map(\.columns)))
    func surroundings(_ index: Int, of held: MapRegion, besides computed: MapRegion) throws(NetworkError) -> ZeroMap? {
      guard index > 0, held != computed else { return nil }
      return try zeroImage.map(index, rows: profiles.0, columns: profiles.1)
    }
    var arena = ArenaLayout()
    var steps: [Step] = []
    var scores: [Score] = []
    for (index, step) in network.steps.enumerated() {
      let source = network.sources[index]
      var writes = regions.maps[index + 1].computed
      // A score costs next to nothing: it is computed wherever its map is held.
      if !step.isTrunk { writes = regions.maps[source].held }
      var run: LayerRun?
      if !writes.isEmpty {
        let made = try network.run(index, writes: writes, input: sizes[source])
        arena.needScratch(made.scratchByteCount)
        run = made
      }
      if !step.isTrunk { arena.needStaging(writes.positionCount * network.positionBytes[index + 1]) }
      if step.isTrunk {
        arena.follow(
          regions.maps[source].held.positionCount * network.positionBytes[source],
          by: regions.maps[index + 1].held.positionCount * network.positionBytes[index + 1])
        steps.append(Step(run: run, source: source, target: .map(index + 1)))
      } else {
        steps.append(Step(run: run, source: source, target: .score(scores.count)))
        let shape = shapes.steps[index]
        scores.append(
          Score(
            offset: arena.keep(shape.channels * shape.rows * shape.columns * MemoryLayout<Float>.size), shape: shape,
            computed: writes,
            surroundings: try surroundings(index + 1, of: MapRegion(wholeOf: shape.size), besides: writes)))
      }
    }
    var maps: [Map?] = []
    var isFirst = true
    for index in sizes.indices {
      guard index == 0 || network.steps[index - 1].isTrunk else {
        maps.append(nil)
        continue
      }
      let region = regions.maps[index]
      let bytes = region.held.positionCount * network.positionBytes[index]
      maps.append(
        Map(
          offset: arena.place(bytes, first: isFirst), positionBytes: network.positionBytes[index], size: sizes[index],
          regions: region,
          surroundings: try surroundings(index, of: region.held, besides: region.computed)))
      isFirst.toggle()
    }
    (self.steps, self.maps, self.scores) = (steps, maps, scores)
    upsamplingStages = network.description.upsamplingStages
    upsampled = shapes.upsampled.dropLast().map { shape in
      (arena.keep(shape.channels * shape.rows * shape.columns * MemoryLayout<Float>.size), shape)
    }
    leadingZeros = shapes.leadingZeros
    (trunkOffset, stagingOffset, scratchOffset, arenaBytes) = arena.finish()
  }
}

/// Where things lie in a worker's arena.
///
/// Of the trunk only a map and the one made from it live at a time: they alternate between the two ends of one stretch,
/// which is as long as the largest pair. Score maps stay to the end; they lie before the trunk.
struct ArenaLayout {
  private var trunkBytes = 0, keptBytes = 0
  private var stagingBytes = 0, scratchBytes = 0

  private static func aligned(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }

  mutating func needStaging(_ bytes: Int) { stagingBytes = max(stagingBytes, Self.aligned(bytes)) }
  mutating func needScratch(_ bytes: Int) { scratchBytes = max(scratchBytes, Self.aligned(bytes)) }

  mutating func follow(_ bytes: Int, by next: Int) {
    trunkBytes = max(trunkBytes, Self.aligned(bytes) + Self.aligned(next))
  }

  mutating func keep(_ bytes: Int) -> Int {
    defer { keptBytes += Self.aligned(bytes) }
    return keptBytes
  }

  /// Offset of a trunk map from the start of the trunk's stretch, which `finish` puts behind the kept maps.
  func place(_ bytes: Int, first: Bool) -> Int { first ? 0 : trunkBytes - Self.aligned(bytes) }

  func finish() -> (trunk: Int, staging: Int, scratch: Int, total: Int) {
    let staging = keptBytes + trunkBytes
    let scratch = staging + stagingBytes
    return (keptBytes, staging, scratch, scratch + scratchBytes)
  }
}
