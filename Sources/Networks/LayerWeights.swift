/// Weights of one convolution, packed for the kernels that compute it.
enum LayerWeights: Sendable {
  case filter(FilterWeights)
  case oneDNN(OneDNNWeights)

  /// Packs `weights` [out, in, kernel rows, kernel columns] and `bias` [out].
  init(
    _ layer: ConvolutionLayer, _ arithmetic: LayerArithmetic, weights: [Float], bias: [Float],
    options: FCN8s.Options, engine: OneDNN.Engine
  ) throws(NetworkError) {
    switch options.kernels {
    case .own:
      self = .filter(try FilterWeights(layer, weights: weights, bias: bias, filters: Filters()))
    case .oneDNN:
      self = .oneDNN(try OneDNNWeights(layer, arithmetic, weights: weights, bias: bias, engine: engine))
    }
  }
}
