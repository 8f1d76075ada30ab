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

  /// Packs `weights` [out, in, kernel rows, kernel columns] in the order that suits a middling map.
  init(
    _ layer: ConvolutionLayer, _ arithmetic: LayerArithmetic, weights: [Float], bias: [Float], engine: OneDNN.Engine
  ) throws(NetworkError) {
    (self.layer, self.arithmetic, self.engine) = (layer, arithmetic, engine)
    let stored = layer.stored(weights: weights)
    var bias = bias + [Float](repeating: 0, count: layer.storedOutChannels - layer.outChannels)
    let plain: PackedTensor
    if arithmetic.weights == .int8 {
      let quantized = QuantizedWeights(stored, outChannels: layer.storedOutChannels)
      plain = try PackedTensor(values: quantized.values, shape: layer.storedWeightShape)
      // What one step of the integer sum is worth; oneDNN adds the bias to the sum before it applies the scale.
      let steps = quantized.steps.map { $0 * arithmetic.sourceStep }
      bias = zip(bias, steps).map { $0 / $1 }
      scales = steps.map { $0 / arithmetic.destinationStep }
    } else {
      plain = try PackedTensor(values: stored, shape: layer.storedWeightShape)
      scales = []
    }
    let middling = PaddedPart(rows: 48, columns: 48, padding: layer.padding)
    let usual = try OneDNN.convolution(
      layer, arithmetic, scales: scales, input: middling, weights: nil, engine: engine)
    first =
      if let layout = usual.weights { try plain.packed(to: layout, engine: engine) } else { plain }
    biases = try PackedTensor(values: bias, shape: [layer.storedOutChannels])
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
