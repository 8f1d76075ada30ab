/// Everything that depends on the size of the input alone: compiled layers, layouts, buffer sizes.
///
/// Immutable, shared by all threads. The trunk alternates between two buffers; score maps branch off as soon as their
/// block is done, so that no block's output has to be kept.
struct SlicePlan: Sendable {
  /// One run of a primitive.
  enum Action: Sendable {
    /// Reads the trunk, and what it writes becomes the trunk.
    case advance(OneDNN.Primitive)
    case convolve(OneDNN.Primitive, PackedTensor, LayerWeights)
    /// Reads the trunk and writes a score map in row-major order, through the spare buffer.
    case score(OneDNN.Primitive, PackedTensor, LayerWeights, toRowMajor: OneDNN.Primitive)
  }

  /// The input [channels, rows, columns] after padding, and how many zeros stand before its first row and column.
  let paddedInput: LayerShape
  let leadingZeros: Int
  /// Score maps of block 3, block 4 and fc7.
  let scores: [LayerShape]
  let upsamplingStages: [UpsamplingStage]
  /// Outputs of the stages; the last one's size is the input's, which plans of one padded size do not share.
  let upsampled: [LayerShape]
  let actions: [Action]
  /// Bytes of the two trunk buffers; the first one starts with the padded input in row-major order.
  let trunkBytes: [Int]
  let scratchpadBytes: Int

  /// Compiles all layers for one input size; costs milliseconds.
  init(
    _ description: NetworkDescription, weights: [String: LayerWeights], rows: Int, columns: Int, engine: OneDNN.Engine
  ) throws(NetworkError) {
    let shapes = try description.networkShapes(rows: rows, columns: columns)
    (paddedInput, leadingZeros, upsampled) = (shapes.paddedInput, shapes.leadingZeros, shapes.upsampled)
    upsamplingStages = description.upsamplingStages
    var scores: [LayerShape] = []
    var builder = SlicePlanBuilder(
      trunk: try .rowMajor([1, paddedInput.channels, paddedInput.rows, paddedInput.columns]), shape: paddedInput,
      engine: engine)
    for (step, shape) in zip(description.steps, shapes.steps) {
      switch step {
      case .pool(let name): try builder.pool(name, to: shape)
      case .convolution(let layer): try builder.convolve(try Self.weights(of: layer, in: weights), to: shape)
      case .score(let layer):
        try builder.score(try Self.weights(of: layer, in: weights), to: shape)
        scores.append(shape)
      }
    }
    self.scores = scores
    (actions, trunkBytes, scratchpadBytes) = (builder.actions, builder.trunkBytes, builder.scratchpadBytes)
  }

  private static func weights(
    of layer: ConvolutionLayer, in weights: [String: LayerWeights]
  ) throws(NetworkError) -> LayerWeights {
    guard let found = weights[layer.name] else {
      throw NetworkError(code: .missingTensor, message: "\(layer.name).weight was not loaded")
    }
    return found
  }
}

/// Follows the trunk's layout from layer to layer and notes what has to run.
private struct SlicePlanBuilder {
  var actions: [SlicePlan.Action] = []
  var trunkBytes: [Int]
  var scratchpadBytes = 0
  private var trunk: OneDNN.Layout
  private var shape: LayerShape
  private var current = 0
  private let engine: OneDNN.Engine

  init(trunk: OneDNN.Layout, shape: LayerShape, engine: OneDNN.Engine) {
    (self.trunk, self.shape, self.engine) = (trunk, shape, engine)
    trunkBytes = [trunk.byteCount, 0]
  }

  mutating func convolve(_ weights: LayerWeights, to shape: LayerShape) throws(NetworkError) {
    let (primitive, packed) = try weights.convolution(rows: self.shape.rows, columns: self.shape.columns)
    try reorderTrunk(to: primitive.source, step: weights.arithmetic.sourceStep)
    actions.append(.convolve(primitive, packed, weights))
    advance(primitive, to: shape)
  }

  mutating func pool(_ name: String, to shape: LayerShape) throws(NetworkError) {
    let primitive = try OneDNN.maximumPool(
      name, of: trunk, channels: self.shape.channels, rows: self.shape.rows, columns: self.shape.columns,
      engine: engine)
    actions.append(.advance(primitive))
    advance(primitive, to: shape)
  }

  mutating func score(_ weights: LayerWeights, to shape: LayerShape) throws(NetworkError) {
    let (primitive, packed) = try weights.convolution(rows: self.shape.rows, columns: self.shape.columns)
    try reorderTrunk(to: primitive.source, step: weights.arithmetic.sourceStep)
    let rowMajor = try OneDNN.Layout.rowMajor([1, shape.channels, shape.rows, shape.columns])
    let reorder = try OneDNN.reorder(from: primitive.destination, to: rowMajor, engine: engine)
    actions.append(.score(primitive, packed, weights, toRowMajor: reorder))
    needSpare(primitive)
    scratchpadBytes = max(scratchpadBytes, reorder.scratchpadByteCount)
  }

  /// `step` is the value of one step where the layout is of 8 bits and the trunk, the network's input, is not yet.
  private mutating func reorderTrunk(to layout: OneDNN.Layout, step: Float) throws(NetworkError) {
    guard !layout.isSame(as: trunk) else { return }
    let scale = layout.isQuantized && !trunk.isQuantized ? 1 / step : 1
    let reorder = try OneDNN.reorder(from: trunk, to: layout, scale: scale, engine: engine)
    actions.append(.advance(reorder))
    advance(reorder, to: shape)
  }

  private mutating func advance(_ primitive: OneDNN.Primitive, to shape: LayerShape) {
    needSpare(primitive)
    (trunk, self.shape, current) = (primitive.destination, shape, 1 - current)
  }

  private mutating func needSpare(_ primitive: OneDNN.Primitive) {
    trunkBytes[1 - current] = max(trunkBytes[1 - current], primitive.destination.byteCount)
    scratchpadBytes = max(scratchpadBytes, primitive.scratchpadByteCount)
  }
}
