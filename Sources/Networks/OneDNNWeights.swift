/// Weights and bias of one convolution, packed in the orders that oneDNN's kernels want.
///
/// Shared by all threads and sizes. The plain order is never kept: other packings are made from the first one. Which
/// packing a size uses depends on layer and size alone, never on what was planned before, so that results are
/// reproducible.
final class OneDNNWeights: Sendable {
  let layer: ConvolutionLayer
  let precision: Precision
  private let engine: OneDNN.Engine
  private let first: PackedTensor
  private let biases: PackedTensor
  private let others = Locked<[PackedTensor]>([])

  /// Packs `weights` [out, in, kernel rows, kernel columns] in the order that suits a middling map.
  init(
    _ layer: ConvolutionLayer, weights: [Float], bias: [Float], precision: Precision, engine: OneDNN.Engine
  ) throws(NetworkError) {
    (self.layer, self.precision, self.engine) = (layer, precision, engine)
    let middling = PaddedPart(rows: 48, columns: 48, padding: layer.padding)
    let usual = try OneDNN.convolution(layer, input: middling, precision: precision, weights: nil, engine: engine)
    let plain = try PackedTensor(values: layer.stored(weights: weights), shape: layer.storedWeightShape)
    first =
      if let layout = usual.weights { try plain.packed(to: layout, engine: engine) } else { plain }
    let filling = [Float](repeating: 0, count: layer.storedOutChannels - layer.outChannels)
    biases = try PackedTensor(values: bias + filling, shape: [layer.storedOutChannels])
  }

  /// The convolution of this layer for a part of a map, with the weights that it wants.
  func convolution(_ input: PaddedPart) throws(NetworkError) -> CompiledLayer {
    let best = try OneDNN.convolution(layer, input: input, precision: precision, weights: nil, engine: engine)
    guard let layout = best.weights, !layout.isSame(as: first.layout) else { return run(best, first) }
    let shared = try? OneDNN.convolution(
      layer, input: input, precision: precision, weights: first.layout, engine: engine)
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
