/// A loaded FCN-8s: weights packed for its kernels, shared by all threads that predict with it.
///
/// Only what depends on the image is computed: around the box of an input's non-zero pixels every map is that of an
/// image of zeros, kept once. The same input gives the same bits whichever thread computes it, however many others
/// compute beside it, and whatever was computed before.
/// Memory: the weights once, plans for the last 32 sizes and boxes, and at most 32 MB of the image of zeros.
public final class FCN8s: Sendable {
  /// How a network is computed; none of these changes what it means.
  public struct Options: Hashable, Sendable {
    /// Whose kernels compute the layers.
    public enum Kernels: Hashable, Sendable {
      /// Islet's, for float32: no size has to be compiled, 3x3 layers by Winograd's minimal filtering.
      case own
      /// oneDNN's, for every precision: compiled for each size.
      case oneDNN
    }

    /// Data type of weights and activations.
    public var precision: Precision
    /// Whose kernels compute the layers: for float32 Islet's own unless another choice is to be compared.
    public var kernels: Kernels
    /// Whether only what depends on non-zero pixels is computed; off, to compare.
    public var usesRectangles: Bool

    /// float32, and no more work than needed.
    public init(precision: Precision = .float32, kernels: Kernels? = nil, usesRectangles: Bool = true) {
      (self.precision, self.usesRectangles) = (precision, usesRectangles)
      self.kernels = precision == .float32 ? kernels ?? .own : .oneDNN
    }
  }

  /// Input sizes and boxes that are remembered.
  static let plansKept = 32

  /// The topology.
  public let description: NetworkDescription
  /// How it is computed.
  public let options: Options
  private let layers: LayerSet
  private let zeroImage: ZeroImage
  /// Kernels of the upsampling stages, [outputChannels, 1, 2f, 2f]; nil where nothing is upsampled.
  private let upsamplingKernels: [[Float]?]
  private let plans = PlanCache(capacity: plansKept)

  /// Loads a network; asks `weights` once for each tensor of `description.weightShapes`, in that order.
  ///
  /// The tensors of one layer are packed and let go before the next layer's are asked for, so a caller need not hold a
  /// second copy of all. Throws `missingTensor` when `weights` returns nil, `wrongShape`, `outOfMemory`,
  /// `engineFailure`, and whatever `weights` throws. int8 needs `activationMaxima`: the largest input ("input") and
  /// activation of each layer with ReLU over calibration images (`noteActivations`).
  public init(
    description: NetworkDescription, options: Options = Options(), activationMaxima: [String: Float]? = nil,
    weights: (_ name: String) throws -> WeightTensor?
  ) throws {
    (self.description, self.options) = (description, options)
    let engine = try OneDNN.Engine()
    var layers: [String: LayerWeights] = [:]
    let arithmetics = try description.arithmetic(options.precision, activationMaxima: activationMaxima)
    for (layer, arithmetic) in arithmetics {
      let kernel = try Self.tensor("\(layer.name).weight", of: layer.weightShape, from: weights)
      let bias = try Self.tensor("\(layer.name).bias", of: [layer.outChannels], from: weights)
      layers[layer.name] = try OneDNN.onThisThreadAlone { () throws(NetworkError) in
        try LayerWeights(layer, arithmetic, weights: kernel, bias: bias, options: options, engine: engine)
      }
    }
    self.layers = LayerSet(
      description, options: options, weights: layers, inputStep: arithmetics.first?.arithmetic.sourceStep ?? 1,
      engine: engine)
    zeroImage = ZeroImage(self.layers)
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
  ///
  /// `didRun` sees what every step of the trunk computed; the whole maps are computed then.
  func logits(
    _ input: UnsafeBufferPointer<Float>, rows: Int, columns: Int, workspace: Workspace,
    didRun: ((NetworkStep, Activation) -> Void)? = nil
  ) throws(NetworkError) -> [Float] {
    let size = try description.paddedSize(rows: rows, columns: columns)
    let expected = description.inputChannels * rows * columns
    guard input.count == expected, let start = input.baseAddress else {
      throw NetworkError(
        code: .impossibleInput,
        message: "network input: \(description.inputChannels) x \(rows) x \(columns) = \(expected) values expected, "
          + "found \(input.count)")
    }
    let zeros = description.leadingZeros
    var image = MapRegion(wholeOf: size)
    if options.usesRectangles, didRun == nil {
      let box = InputPacking.nonZeroBox(start, channels: description.inputChannels, rows: rows, columns: columns)
      image = box.isEmpty ? .empty : box.moved(by: zeros)
    }
    let observe = didRun.map { didRun in
      { [steps = layers.steps] (step: Int, activation: Activation) in didRun(steps[step], activation) }
    }
    return try OneDNN.onThisThreadAlone { () throws(NetworkError) in
      let plan = try plans.plan(for: SlicePlan.Key(size: size, image: image)) { () throws(NetworkError) in
        try SlicePlan(layers, zeroImage: zeroImage, rows: rows, columns: columns, image: image)
      }
      let execution = try SliceExecution(
        plan: plan, upsamplingKernels: upsamplingKernels, precision: options.precision,
        inputStep: layers.inputStep, workspace: workspace)
      var logits = [Float](repeating: 0, count: description.outputChannels * rows * columns)
      try logits.withUnsafeMutableBufferPointer { logits throws(NetworkError) in
        guard let target = logits.baseAddress else { return }
        try execution.run(start, rows: rows, columns: columns, on: layers.engine, into: target, didRun: observe)
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
