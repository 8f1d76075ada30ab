/// The arena of a slice whose whole maps are computed, before there are weights: `SlicePlanBuilder`'s buffers, from shapes alone.
struct ArenaForecast {
  /// Bytes of one thread's arena.
  let bytes: Int

  init(_ steps: [NetworkStep], shapes: NetworkShapes, inputChannels: Int, _ precision: Precision) {
    var arena = ArenaLayout()
    // Bytes of a position of the trunk.
    var width = inputChannels * precision.byteCount
    var trunk = arena.add(bytes: shapes.paddedInput.size.positionCount * width, at: 0)
    // Positions of the trunk.
    var before = shapes.paddedInput.size.positionCount
    var index = 0
    while index < steps.count {
      let moment = index
      arena.use(trunk, at: moment)
      if let end = Self.endOfStrips(steps, shapes, from: index, precision) {
        for inner in index..<end - 1 {
          guard case .convolution(let layer) = steps[inner] else { continue }
          let size = shapes.steps[inner].size
          // Two rows for one that is pooled, and what the windows of up to two convolutions see beside them.
          let strip = MapRegion(rows: 0..<min(size.rows, 2 * SlicePlan.stripRows + 4), columns: 0..<size.columns)
          let source = strip.positionCount * width
          width = layer.storedOutChannels * precision.byteCount
          _ = arena.add(bytes: strip.positionCount * width, at: moment)
          _ = arena.add(bytes: Self.scratchBytes(layer, strip, width, from: source, precision), at: moment)
        }
        index = end - 1
      }
      let whole = MapRegion(wholeOf: shapes.steps[index].size)
      let source = before * width
      before = whole.positionCount
      switch steps[index] {
      case .convolution(let layer):
        width = layer.storedOutChannels * precision.byteCount
        _ = arena.add(bytes: Self.scratchBytes(layer, whole, width, from: source, precision), at: moment)
        trunk = arena.add(bytes: whole.positionCount * width, at: moment)
      case .pool:
        trunk = arena.add(bytes: whole.positionCount * width, at: moment)
      case .score(let layer):
        let scores = layer.storedOutChannels * MemoryLayout<Float>.size
        _ = arena.add(bytes: Self.scratchBytes(layer, whole, scores, from: source, precision), at: moment)
        _ = arena.add(bytes: whole.positionCount * scores, at: moment)
        Self.keep(shapes.steps[index], at: moment, in: &arena)
      }
      index += 1
    }
    for shape in shapes.upsampled.dropLast() { Self.keep(shape, at: steps.count, in: &arena) }
    bytes = arena.solve().bytes
  }

  /// A row-major map of float32 that stays to the end.
  private static func keep(_ shape: LayerShape, at moment: Int, in arena: inout ArenaLayout) {
    let buffer = arena.add(bytes: shape.channels * shape.size.positionCount * MemoryLayout<Float>.size, at: moment)
    arena.use(buffer, at: .max)
  }

  private static func endOfStrips(
    _ steps: [NetworkStep], _ shapes: NetworkShapes, from index: Int, _ precision: Precision
  ) -> Int? {
    guard let end = steps.endOfBlock(from: index) else { return nil }
    let largest =
      (index..<end).map { inner in
        guard case .convolution(let layer) = steps[inner] else { return 0 }
        return shapes.steps[inner].size.positionCount * layer.storedOutChannels * precision.byteCount
      }.max() ?? 0
    return largest > FCN8s.Options().stripBytes ? end : nil
  }

  /// oneDNN's kernels: copies of what is read and written, and an eighth for what only a compiled layer tells.
  private static func scratchBytes(
    _ layer: ConvolutionLayer, _ region: MapRegion, _ width: Int, from source: Int, _ precision: Precision
  ) -> Int {
    precision == .float32 ? layer.filterScratchBytes(of: region) : (source + region.positionCount * width) * 9 / 8
  }
}

extension MapSize {
  fileprivate var positionCount: Int { rows * columns }
}

extension [NetworkStep] {
  /// Behind the pool of a block that starts at `index` and has at most two convolutions before it: such a block can be
  /// computed in strips.
  func endOfBlock(from index: Int) -> Int? {
    var end = index
    while end < count, case .convolution = self[end] { end += 1 }
    guard (1...2).contains(end - index), end < count, case .pool = self[end] else { return nil }
    return end + 1
  }
}
