/// Weights of one convolution, packed for the kernels that compute it.
enum LayerWeights: Sendable {
  case filter(FilterWeights)
  case oneDNN(OneDNNWeights)

  /// Packs `weights` [out, in, kernel rows, kernel columns] and `bias` [out].
  init(
    _ layer: ConvolutionLayer, _ arithmetic: LayerArithmetic, weights: [Float], bias: [Float],
    options: FCN8s.Options, engine: OneDNN.Engine
  ) throws(NetworkError) {
    let packing = try LayerPacking(
      layer, arithmetic, bias: bias, options: options, engine: engine, in: OwnWeightMemory())
    try packing.add(weights, outputs: 0..<layer.outChannels)
    self = try packing.finish()
  }

  /// What a filled memory holds in its next blocks, as `LayerPacking` put it there.
  init(
    _ layer: ConvolutionLayer, _ arithmetic: LayerArithmetic, packedIn memory: any WeightMemory,
    options: FCN8s.Options, engine: OneDNN.Engine
  ) throws(NetworkError) {
    switch options.kernels {
    case .own: self = .filter(try FilterWeights(layer, filters: Filters(), in: memory))
    case .oneDNN: self = .oneDNN(try OneDNNWeights(layer, arithmetic, packedIn: memory, engine: engine))
    }
  }
}

/// Weights of one convolution on their way into `LayerWeights`, some outputs at a time.
enum LayerPacking {
  case filter(FilterPacking)
  case oneDNN(OneDNNPacking)

  init(
    _ layer: ConvolutionLayer, _ arithmetic: LayerArithmetic, bias: [Float], options: FCN8s.Options,
    engine: OneDNN.Engine, in memory: any WeightMemory
  ) throws(NetworkError) {
    switch options.kernels {
    case .own: self = .filter(try FilterPacking(layer, bias: bias, filters: Filters(), in: memory))
    case .oneDNN: self = .oneDNN(try OneDNNPacking(layer, arithmetic, bias: bias, engine: engine, in: memory))
    }
  }

  /// Packs `weights` [part, in, kernel rows, kernel columns]; parts come in order and cover all outputs.
  func add(_ weights: [Float], outputs part: Range<Int>) throws(NetworkError) {
    switch self {
    case .filter(let packing): packing.add(weights, outputs: part)
    case .oneDNN(let packing): try packing.add(weights, outputs: part)
    }
  }

  /// The packed layer, after all parts.
  func finish() throws(NetworkError) -> LayerWeights {
    switch self {
    case .filter(let packing): .filter(packing.finish())
    case .oneDNN(let packing): .oneDNN(try packing.finish())
    }
  }
}
