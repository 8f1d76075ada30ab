/// The layers of one network, ready to be compiled for any size: what plans and the zero image are made from.
struct LayerSet: Sendable {
  let description: NetworkDescription
  let options: FCN8s.Options
  let engine: OneDNN.Engine
  /// int8: the value of one step of the input; 1 otherwise.
  let inputStep: Float
  let steps: [NetworkStep]
  /// Index of the map that each step reads; the padded input is map 0, the output of step i is map i + 1.
  let sources: [Int]
  /// Bytes of one position of each map.
  let positionBytes: [Int]
  private let weights: [String: LayerWeights]
  private let filters = Filters()
  /// Channels of each map as they lie in memory.
  private let storedChannels: [Int]

  init(
    _ description: NetworkDescription, options: FCN8s.Options, weights: [String: LayerWeights], inputStep: Float,
    engine: OneDNN.Engine
  ) {
    (self.description, self.options, self.weights, self.engine) = (description, options, weights, engine)
    self.inputStep = inputStep
    let precision = options.precision
    steps = description.steps
    var (sources, channels, bytes) = ([Int](), [description.inputChannels], [precision.byteCount])
    var trunk = 0
    for (index, step) in steps.enumerated() {
      sources.append(trunk)
      switch step {
      case .convolution(let layer): channels.append(layer.storedOutChannels)
      case .score(let layer): channels.append(layer.storedOutChannels)
      case .pool: channels.append(channels[trunk])
      }
      bytes.append(step.isTrunk ? precision.byteCount : MemoryLayout<Float>.size)
      if step.isTrunk { trunk = index + 1 }
    }
    (self.sources, storedChannels) = (sources, channels)
    positionBytes = zip(channels, bytes).map { $0 * $1 }
  }

  /// A step made ready to compute `writes` from a map of `input` positions.
  func run(_ step: Int, writes: MapRegion, input: MapSize) throws(NetworkError) -> LayerRun {
    let window = steps[step].window
    return LayerRun(
      try kernel(step, PaddedPart(of: writes, window: window, in: input)), window: window, writes: writes, input: input,
      positionBytes: (positionBytes[sources[step]], positionBytes[step + 1]))
  }

  private func kernel(_ step: Int, _ part: PaddedPart) throws(NetworkError) -> LayerRun.Kernel {
    switch steps[step] {
    case .convolution(let layer), .score(let layer):
      switch weights[layer.name] {
      case .filter(let weights): return .filter(weights)
      case .oneDNN(let weights): return .compiled(try weights.convolution(part))
      case nil: throw NetworkError(code: .missingTensor, message: "\(layer.name).weight was not loaded")
      }
    case .pool(let name):
      let channels = storedChannels[sources[step]]
      guard options.kernels == .oneDNN else { return .pool(filters, channels: channels) }
      return .compiled(
        CompiledLayer(
          primitive: try OneDNN.maximumPool(
            name, channels: channels, rows: part.rows, columns: part.columns,
            element: options.precision.activations, engine: engine)))
    }
  }

  /// How an image of zeros looks along one axis, for the sizes of all maps, the padded input first.
  func profile(sizes: [Int]) -> AxisProfile {
    AxisProfile(steps.map(\.window), sources: sources, sizes: sizes)
  }
}
