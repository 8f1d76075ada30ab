/// A loaded FCN-8s: weights packed for oneDNN, shared by all threads that predict with it.
///
/// In one of three precisions; the same input gives the same bits whichever thread computes it and however many others compute beside it.
/// Memory: the weights once (4, 2 or 1 bytes each, channels rounded up to 16), and plans for the last 32 sizes (about 1.4 MB
/// each). A size not among them costs milliseconds more.
public final class FCN8s: Sendable {
  /// The topology.
  public let description: NetworkDescription
  /// The arithmetic of its convolutions.
  public let precision: Precision
  private let engine: OneDNN.Engine
  private let layers: [String: LayerWeights]
  /// Kernels of the upsampling stages, [outputChannels, 1, 2f, 2f]; nil where nothing is upsampled.
  private let upsamplingKernels: [[Float]?]
  /// A slim network's plan takes 1.4 MB and 5 ms to make; 32 cover the boxes of an organ's neighbouring slices.
  private let plans = PlanCache(capacity: 32)

  /// Loads a network; asks `weights` once for each tensor of `description.weightShapes`, in that order.
  ///
  /// The tensors of one layer are packed and let go before the next layer's are asked for, so a caller need not hold a
  /// second copy of all. Throws `missingTensor` when `weights` returns nil, `wrongShape`, `outOfMemory`,
  /// `engineFailure`, and whatever `weights` throws.
  /// int8 needs `activationMaxima`, see `NetworkDescription.arithmetic`.
  public init(
    description: NetworkDescription, precision: Precision = .float32, activationMaxima: [String: Float]? = nil,
    weights: (_ name: String) throws -> WeightTensor?
  ) throws {
    (self.description, self.precision) = (description, precision)
    engine = try OneDNN.Engine()
    var layers: [String: LayerWeights] = [:]
    for (layer, arithmetic) in try description.arithmetic(precision, activationMaxima: activationMaxima) {
      let kernel = try Self.tensor("\(layer.name).weight", of: layer.weightShape, from: weights)
      let bias = try Self.tensor("\(layer.name).bias", of: [layer.outChannels], from: weights)
      layers[layer.name] = try OneDNN.onThisThreadAlone { [engine] () throws(NetworkError) in
        try LayerWeights(layer, arithmetic, weights: kernel, bias: bias, engine: engine)
      }
    }
    self.layers = layers
    upsamplingKernels = try description.upsamplingStages.map { stage in
      let channels = description.outputChannels
      switch (stage.factor, description.upsampling) {
      case (1, _): return nil
      case (_, .bilinear): return stage.bilinearKernel(channels: channels)
      case (_, .learned):
        return try Self.tensor("\(stage.name).weight", of: stage.kernelShape(channels: channels), from: weights)
      }
    }
  }

  /// Probabilities [outputChannels, rows, columns] of one slice [inputChannels, rows, columns], in row-major order.
  ///
  /// Computes on the calling thread alone, with the buffers of `workspace`. Throws `impossibleInput` for a size that
  /// the network cannot take or an input with another number of values, `outOfMemory`, `engineFailure`.
  public func predict(
    _ input: [Float], rows: Int, columns: Int, workspace: Workspace
  ) throws(NetworkError) -> [Float] {
    try input.withUnsafeBufferPointer { input throws(NetworkError) in
      try predict(input, rows: rows, columns: columns, workspace: workspace)
    }
  }

  /// Probabilities of a slice that lies in memory of the caller's, [inputChannels, rows, columns] in row-major order.
  public func predict(
    _ input: UnsafeBufferPointer<Float>, rows: Int, columns: Int, workspace: Workspace
  ) throws(NetworkError) -> [Float] {
    var values = try logits(input, rows: rows, columns: columns, workspace: workspace)
    values.withUnsafeMutableBufferPointer { applySigmoid($0) }
    return values
  }

  /// What the sigmoid is applied to, [outputChannels, rows, columns].
  func logits(
    _ input: UnsafeBufferPointer<Float>, rows: Int, columns: Int, workspace: Workspace,
    didConvolve: ((_ layer: String, UnsafeBufferPointer<Float>) -> Void)? = nil
  ) throws(NetworkError) -> [Float] {
    let size = try description.paddedSize(rows: rows, columns: columns)
    let expected = description.inputChannels * rows * columns
    guard input.count == expected, let start = input.baseAddress else {
      throw NetworkError(
        code: .impossibleInput,
        message: "network input: \(description.inputChannels) x \(rows) x \(columns) = \(expected) values expected, "
          + "found \(input.count)")
    }
    return try OneDNN.onThisThreadAlone { () throws(NetworkError) in
      let plan = try plans.plan(for: size) { () throws(NetworkError) in
        try SlicePlan(description, weights: layers, rows: rows, columns: columns, engine: engine)
      }
      let execution = SliceExecution(
        plan: plan, upsamplingKernels: upsamplingKernels, engine: engine, workspace: workspace, didConvolve: didConvolve
      )
      var logits = [Float](repeating: 0, count: description.outputChannels * rows * columns)
      try logits.withUnsafeMutableBufferPointer { logits throws(NetworkError) in
        guard let target = logits.baseAddress else { return }
        try execution.run(start, rows: rows, columns: columns, into: target)
      }
      return logits
    }
  }

  /// A tensor of a given shape; the checks that every part of a network asks for.
  static func tensor(
    _ name: String, of shape: [Int], from weights: (String) throws -> WeightTensor?
  ) throws -> [Float] {
    guard let tensor = try weights(name) else {
      throw NetworkError(code: .missingTensor, message: "\(name): not supplied; shape \(shape) is needed")
    }
    guard tensor.shape == shape else {
      throw NetworkError(code: .wrongShape, message: "\(name): shape \(shape) expected, found \(tensor.shape)")
    }
    let count = shape.reduce(1, *)
    guard tensor.values.count == count else {
      throw NetworkError(
        code: .wrongShape, message: "\(name): \(count) values of shape \(shape) expected, found \(tensor.values.count)")
    }
    return tensor.values
  }
}

/// One tensor as a caller hands it over.
public struct WeightTensor: Hashable, Sendable {
  /// Sizes, outermost first.
  public let shape: [Int]
  /// Values in row-major order.
  public let values: [Float]

  /// A tensor; the network that takes it checks that shape and values fit.
  public init(shape: [Int], values: [Float]) {
    (self.shape, self.values) = (shape, values)
  }
}
