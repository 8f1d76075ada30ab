import CEngineLibrary

/// A loaded FCN-8s: weights packed for its kernels, shared by all threads that predict with it.
///
/// Only what depends on the image is computed: around the box of an input's non-zero pixels every map is that of an
/// image of zeros, kept once. The same input gives the same bits whichever thread computes it, however many others
/// compute beside it, and whatever was computed before.
/// Memory: the weights once (float32 3x3 layers four times, as Winograd's filters), plans for the last 128 sizes and
/// boxes, and at most 32 MB of the image of zeros.
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
    /// Maps larger than this are computed in strips.
    var stripBytes = 8 << 20

    /// float32, and no more work than needed.
    public init(precision: Precision = .float32, kernels: Kernels? = nil, usesRectangles: Bool = true) {
      (self.precision, self.usesRectangles) = (precision, usesRectangles)
      self.kernels = precision == .float32 ? kernels ?? .own : .oneDNN
    }
  }

  /// Input sizes and boxes that are remembered.
  static let plansKept = 128

  /// The topology.
  public let description: NetworkDescription
  /// How it is computed.
  public let options: Options
  let layers: LayerSet
  private let zeroImage: ZeroImage
  /// Kernels of the upsampling stages, [outputChannels, 1, 2f, 2f]; nil where nothing is upsampled.
  private let upsamplingKernels: [[Float]?]
  private let plans = PlanCache(capacity: plansKept)

  /// The instruction set of Islet's own kernels on this machine, as decided by CPU and `ONEDNN_MAX_CPU_ISA`.
  public var instructionSet: String { Filters().instructionSet.rawValue }

  /// What decides the orders of packed weights on this machine beside topology and options: instruction set and version of
  /// the kernels. Weights that another process packed fit only where this is the same.
  public static func packingOrders() throws(NetworkError) -> String {
    _ = try OneDNN.Engine()
    return "\(Filters().instructionSet.rawValue), \(OneDNN.version)"
  }

  /// Loads a network; asks `weights` for each tensor of `description.weightShapes`, the largest layers first.
  ///
  /// `outputs` are the outermost indices that are wanted, all but for the weights of the largest layers. These come in
  /// parts, in order, each packed and let go before the next is asked for: beside the packed weights at most 32 MB or 192
  /// outputs lie in memory as they came. Throws `missingTensor` when `weights` returns nil, `wrongShape`, `outOfMemory`,
  /// `engineFailure`, and whatever `weights` throws. int8 needs `activationMaxima`: the largest input ("input") and
  /// activation of each layer with ReLU over calibration images (`noteActivations`).
  ///
  /// The packed weights lie in `memory`, by default in memory of the network's own. A filled one must come from a network
  /// of the same weights, description, options and `packingOrders`; of it nothing but learned upsampling is asked of
  /// `weights`.
  public init(
    description: NetworkDescription, options: Options = Options(), activationMaxima: [String: Float]? = nil,
    memory: (any WeightMemory)? = nil, weights: (_ name: String, _ outputs: Range<Int>) throws -> WeightTensor?
  ) throws {
    (self.description, self.options) = (description, options)
    let engine = try OneDNN.Engine()
    let memory = memory ?? OwnWeightMemory()
    var layers: [String: LayerWeights] = [:]
    let arithmetics = try description.arithmetic(options.precision, activationMaxima: activationMaxima)
    for (layer, arithmetic) in arithmetics.sorted(by: { $0.layer.weightCount > $1.layer.weightCount }) {
      guard !memory.isFilled else {
        layers[layer.name] = try OneDNN.onThisThreadAlone { () throws(NetworkError) in
          try LayerWeights(layer, arithmetic, packedIn: memory, options: options, engine: engine)
        }
        continue
      }
      let bias = try Self.tensor("\(layer.name).bias", of: [layer.outChannels], from: weights)
      let packing = try OneDNN.onThisThreadAlone { () throws(NetworkError) in
        try LayerPacking(layer, arithmetic, bias: bias, options: options, engine: engine, in: memory)
      }
      for part in layer.loadingParts {
        let values = try Self.tensor("\(layer.name).weight", of: layer.weightShape, part, from: weights)
        try OneDNN.onThisThreadAlone { () throws(NetworkError) in try packing.add(values, outputs: part) }
      }
      layers[layer.name] = try packing.finish()
    }
    self.layers = LayerSet(
      description, options: options, weights: layers, inputStep: arithmetics.first?.arithmetic.sourceStep ?? 1,
      engine: engine)
    zeroImage = ZeroImage(self.layers)
    // Parts of a few megabytes came and went.
    if description.isLarge, !memory.isFilled { cenginelibrary_return_freed_memory() }
    upsamplingKernels = try description.upsamplingStages.map { stage in
      let channels = description.outputChannels
      switch (stage.factor, description.upsampling) {
      case (1, _): return nil
      case (_, .bilinear): return stage.bilinearKernel(channels: channels)
      case (_, .learned):
        return try Self.tensor("\(stage.name).weight", of: stage.kernelShape(channels: channels), from: weights)
      }
    }
    memory.finish()
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
  /// `didRun` sees every step and what it computed; `computesAll` computes the whole maps, whatever the image.
  func logits(
    _ input: UnsafeBufferPointer<Float>, rows: Int, columns: Int, workspace: Workspace, computesAll: Bool = false,
    didRun: (SlicePlan.Step, Activation) -> Void = { _, _ in }
  ) throws(NetworkError) -> [Float] {
    let size = try description.paddedSize(rows: rows, columns: columns)
    let expected = description.inputChannels * rows * columns
    guard input.count == expected, let start = input.baseAddress else {
      throw NetworkError(
        code: .impossibleInput,
        message: "network input: \(description.inputChannels) x \(rows) x \(columns) = \(expected) values expected, "
          + "found \(input.count)")
    }
    var image = MapRegion(wholeOf: size)
    if options.usesRectangles, !computesAll {
      let box = InputPacking.nonZeroBox(start, channels: description.inputChannels, rows: rows, columns: columns)
      image = box.isEmpty ? .empty : layers.planned(box.moved(by: description.leadingZeros), in: size)
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
        try execution.run(start, rows: rows, columns: columns, on: layers.engine, into: target, didRun: didRun)
      }
      return logits
    }
  }

  /// The outermost indices `part` of a tensor of a given shape, nil for all; the checks that every part of a network
  /// asks for.
  static func tensor(
    _ name: String, of shape: [Int], _ part: Range<Int>? = nil,
    from weights: (String, Range<Int>) throws -> WeightTensor?
  ) throws -> [Float] {
    let outputs = part ?? 0..<(shape.first ?? 0)
    guard let tensor = try weights(name, outputs) else {
      throw NetworkError(code: .missingTensor, message: "\(name): not supplied; shape \(shape) is needed")
    }
    let shape = [outputs.count] + shape.dropFirst()
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

extension FCN8s {
  /// Loads a network from whole tensors; otherwise as `init(description:options:activationMaxima:weights:)` by parts.
  public convenience init(
    description: NetworkDescription, options: Options = Options(), activationMaxima: [String: Float]? = nil,
    weights: (_ name: String) throws -> WeightTensor?
  ) throws {
    try self.init(description: description, options: options, activationMaxima: activationMaxima) { name, outputs in
      try weights(name)?.part(outputs)
    }
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

  /// The outermost indices `part`; the tensor itself where they are all, or where it has no such part.
  func part(_ part: Range<Int>) -> WeightTensor {
    guard let outermost = shape.first, part != 0..<outermost, part.upperBound <= outermost, !shape.contains(0),
      values.count == shape.reduce(1, *)
    else { return self }
    let line = values.count / outermost
    return WeightTensor(
      shape: [part.count] + shape.dropFirst(),
      values: Array(values[part.lowerBound * line..<part.upperBound * line]))
  }
}
