/// Weights and bias of one convolution, packed in the orders that oneDNN's kernels want.
///
/// Shared by all threads and sizes. The plain order is never kept: other packings are made from the first one. Which
/// packing a size uses depends on layer and size alone, never on what was planned before, so that results are
/// reproducible.
final class LayerWeights: Sendable {
  let layer: ConvolutionLayer
  let arithmetic: LayerArithmetic
  /// int8: what the integer sums are multiplied with, for each output channel; empty otherwise.
  private let scales: [Float]
  private let engine: OneDNN.Engine
  private let first: PackedTensor
  private let biases: PackedTensor
  private let others = Locked<[PackedTensor]>([])

  /// Packs `weights` [out, in, kernel rows, kernel columns] in the order that suits a middling map.
  init(
    _ layer: ConvolutionLayer, _ arithmetic: LayerArithmetic = .float32, weights: [Float], bias: [Float],
    engine: OneDNN.Engine
  ) throws(NetworkError) {
    (self.layer, self.arithmetic, self.engine) = (layer, arithmetic, engine)
    let plain: PackedTensor
    var bias = bias
    if arithmetic.weights == .int8 {
      let quantized = QuantizedWeights(weights, outChannels: layer.outChannels)
      plain = try PackedTensor(values: quantized.values, shape: layer.weightShape)
      // Of the source and weights together: what one step of the integer sum is worth.
      let steps = quantized.steps.map { $0 * arithmetic.sourceStep }
      // oneDNN adds the bias to the sum before it applies the scale.
      bias = zip(bias, steps).map { $0 / $1 }
      scales = steps.map { $0 / arithmetic.destinationStep }
    } else {
      plain = try PackedTensor(values: weights, shape: layer.weightShape)
      scales = []
    }
    let usual = try OneDNN.convolution(
      layer, arithmetic, scales: scales, rows: 48, columns: 48, weights: nil, engine: engine)
    first =
      if let layout = usual.weights { try plain.packed(to: layout, engine: engine) } else { plain }
    biases = try PackedTensor(values: bias, shape: [layer.outChannels])
  }

  /// [out], row-major.
  var bias: OneDNN.Tensor { biases.tensor }

  /// The convolution of this layer for one input size, and the weights it wants.
  func convolution(rows: Int, columns: Int) throws(NetworkError) -> (OneDNN.Primitive, PackedTensor) {
    func plan(_ weights: OneDNN.Layout?) throws(NetworkError) -> OneDNN.Primitive {
      try OneDNN.convolution(
        layer, arithmetic, scales: scales, rows: rows, columns: columns, weights: weights, engine: engine)
    }
    let best = try plan(nil)
    guard let layout = best.weights, !layout.isSame(as: first.layout) else { return (best, first) }
    let shared = try? plan(first.layout)
    if let shared, shared.implementation == best.implementation { return (shared, first) }
    return (best, try packing(layout))
  }

  private func packing(_ layout: OneDNN.Layout) throws(NetworkError) -> PackedTensor {
    try others.withLock { others throws(NetworkError) in
      if let known = others.first(where: { $0.layout.isSame(as: layout) }) { return known }
      let packed = try first.packed(to: layout, engine: engine)
      others.append(packed)
      return packed
    }
  }
}

/// One tensor in one memory order, written once.
final class PackedTensor: @unchecked Sendable {  // Nobody writes after init.
  let layout: OneDNN.Layout
  private let buffer = AlignedBuffer()
  private let memory: UnsafeMutableRawPointer

  var tensor: OneDNN.Tensor { OneDNN.Tensor(layout: layout, memory: memory) }

  private init(_ layout: OneDNN.Layout) throws(NetworkError) {
    self.layout = layout
    memory = try buffer.reserve(bytes: layout.byteCount)
  }

  /// Row-major values; `values` must be as many as `shape` says.
  convenience init(values: [Float], shape: [Int]) throws(NetworkError) {
    precondition(values.count == shape.reduce(1, *))
    try self.init(OneDNN.Layout.rowMajor(shape))
    values.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count) }
  }

  /// Row-major 8-bit values.
  convenience init(values: [Int8], shape: [Int]) throws(NetworkError) {
    precondition(values.count == shape.reduce(1, *))
    try self.init(OneDNN.Layout.rowMajor(shape, .int8))
    values.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count) }
  }

  /// The same tensor in another memory order or, from float32, as another element.
  func packed(to layout: OneDNN.Layout, engine: OneDNN.Engine) throws(NetworkError) -> PackedTensor {
    guard !layout.isSame(as: self.layout) else { return self }
    let packed = try PackedTensor(layout)
    let reorder = try OneDNN.reorder(from: self.layout, to: layout, engine: engine)
    let scratch = AlignedBuffer()
    defer { withExtendedLifetime(scratch) {} }
    try reorder.run(
      on: OneDNN.Stream(engine), from: memory, to: packed.memory,
      scratch: try scratch.reserve(bytes: reorder.scratchpadByteCount))
    return packed
  }
}
