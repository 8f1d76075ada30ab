/// Weights and bias of one convolution, packed in the orders that oneDNN's kernels want.
///
/// Shared by all threads and sizes. The plain order is never kept: other packings are made from the first one. Which
/// packing a size uses depends on layer and size alone, never on what was planned before, so that results are
/// reproducible.
final class OneDNNWeights: Sendable {
  let layer: ConvolutionLayer
  let arithmetic: LayerArithmetic
  /// int8: what the integer sums are multiplied with, for each stored channel; empty otherwise.
  private let scales: [Float]
  private let engine: OneDNN.Engine
  private let first: PackedTensor
  private let biases: PackedTensor
  private let others = Locked<[PackedTensor]>([])

  /// `biases` [stored out channels]; int8: in steps of the integer sums.
  fileprivate init(
    _ layer: ConvolutionLayer, _ arithmetic: LayerArithmetic, packed: PackedTensor, biases: PackedTensor,
    scales: [Float], engine: OneDNN.Engine
  ) {
    (self.layer, self.arithmetic, self.scales, self.engine) = (layer, arithmetic, scales, engine)
    (first, self.biases) = (packed, biases)
  }

  /// What a filled memory holds in its next blocks, as `OneDNNPacking` put it there.
  convenience init(
    _ layer: ConvolutionLayer, _ arithmetic: LayerArithmetic, packedIn memory: any WeightMemory, engine: OneDNN.Engine
  ) throws(NetworkError) {
    let layout = try Self.usualLayout(layer, arithmetic, engine: engine)
    let count = layer.storedOutChannels
    let (packed, biases) = (try PackedTensor(layout, in: memory), try PackedTensor(rowOf: count, in: memory))
    let scales = arithmetic.weights == .int8 ? try PackedTensor(rowOf: count, in: memory).floats(count) : []
    self.init(layer, arithmetic, packed: packed, biases: biases, scales: scales, engine: engine)
  }

  /// The order that suits a middling map.
  fileprivate static func usualLayout(
    _ layer: ConvolutionLayer, _ arithmetic: LayerArithmetic, engine: OneDNN.Engine
  ) throws(NetworkError) -> OneDNN.Layout {
    // The order follows from there being scales, not from their values.
    let scales = [Float](repeating: 1, count: arithmetic.weights == .int8 ? layer.storedOutChannels : 0)
    let middling = PaddedPart(rows: 48, columns: 48, padding: layer.padding)
    let usual = try OneDNN.convolution(
      layer, arithmetic, scales: scales, input: middling, weights: nil, engine: engine)
    guard let layout = usual.weights else {
      throw NetworkError(code: .engineFailure, message: "oneDNN did not name the order of \(layer.name)'s weights")
    }
    return layout
  }

  /// The convolution of this layer for a part of a map, with the weights that it wants.
  func convolution(_ input: PaddedPart) throws(NetworkError) -> CompiledLayer {
    func plan(_ weights: OneDNN.Layout?) throws(NetworkError) -> OneDNN.Primitive {
      try OneDNN.convolution(layer, arithmetic, scales: scales, input: input, weights: weights, engine: engine)
    }
    let best = try plan(nil)
    guard let layout = best.weights, !layout.isSame(as: first.layout) else { return run(best, first) }
    let shared = try? plan(first.layout)
    if let shared, shared.implementation == best.implementation { return run(shared, first) }
    return run(best, try packing(layout))
  }

  private func run(_ primitive: OneDNN.Primitive, _ weights: PackedTensor) -> CompiledLayer {
    CompiledLayer(primitive: primitive, weights: weights, bias: biases)
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

/// Weights of one convolution on their way into `OneDNNWeights`: packed in the order that suits a middling map.
final class OneDNNPacking {
  private let layer: ConvolutionLayer
  private let arithmetic: LayerArithmetic
  private let engine: OneDNN.Engine
  private let memory: any WeightMemory
  private let packed: PackedTensor
  private let bias: [Float]
  /// int8: what one step of the integer sums is worth, for each stored channel so far.
  private var steps: [Float] = []

  init(
    _ layer: ConvolutionLayer, _ arithmetic: LayerArithmetic, bias: [Float], engine: OneDNN.Engine,
    in memory: any WeightMemory
  ) throws(NetworkError) {
    (self.layer, self.arithmetic, self.engine, self.memory) = (layer, arithmetic, engine, memory)
    self.bias = bias + [Float](repeating: 0, count: layer.storedOutChannels - layer.outChannels)
    packed = try PackedTensor(OneDNNWeights.usualLayout(layer, arithmetic, engine: engine), in: memory)
  }

  /// Packs `weights` [part, in, kernel rows, kernel columns]; parts come in order.
  func add(_ weights: [Float], outputs part: Range<Int>) throws(NetworkError) {
    let (stored, range) = (layer.stored(weights: weights, outputs: part), layer.stored(outputs: part))
    let shape = [range.count] + layer.storedWeightShape.dropFirst()
    let outputs = range == 0..<layer.storedOutChannels ? nil : range
    if arithmetic.weights == .int8 {
      let quantized = QuantizedWeights(stored, outChannels: range.count)
      steps += quantized.steps.map { $0 * arithmetic.sourceStep }
      try packed.fill(outputs, with: quantized.values, of: .int8, shape: shape, engine: engine)
    } else {
      try packed.fill(outputs, with: stored, of: .float32, shape: shape, engine: engine)
    }
  }

  /// The packed layer, after all parts.
  func finish() throws(NetworkError) -> OneDNNWeights {
    let isInt8 = arithmetic.weights == .int8
    // oneDNN adds the bias to the sum before it applies the scale.
    let biases = try PackedTensor(values: isInt8 ? zip(bias, steps).map { $0 / $1 } : bias, in: memory)
    let scales = steps.map { $0 / arithmetic.destinationStep }
    if isInt8 { _ = try PackedTensor(values: scales, in: memory) }
    return OneDNNWeights(layer, arithmetic, packed: packed, biases: biases, scales: scales, engine: engine)
  }
}
