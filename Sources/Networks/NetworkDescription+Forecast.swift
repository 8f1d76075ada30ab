// What a network takes before it is loaded: from its description and a slice's size alone.
extension NetworkDescription {
  /// oneDNN pads channels to this many in its blocked orders.
  private static let channelBlock = 16

  private static func padded(_ channels: Int) -> Int { (channels + channelBlock - 1) / channelBlock * channelBlock }

  /// Bytes of all weights once they are packed in float32: the largest of the precisions.
  public var packedWeightBytes: Int {
    convolutions.reduce(0) { sum, layer in
      let inside = layer.inChannels < Self.channelBlock ? layer.inChannels : Self.padded(layer.inChannels)
      return sum + Self.padded(layer.outChannels) * (inside * layer.kernel * layer.kernel + 1) * 4
    }
  }

  /// Values of the largest weight tensor.
  public var largestTensorCount: Int {
    weightShapes.reduce(0) { max($0, $1.shape.reduce(1, *)) }
  }

  /// Bytes of one thread's buffers for slices of up to rows x columns; throws `impossibleInput`.
  ///
  /// The trunk alternates between two buffers, each at most the largest layer; beside them score maps, upsampled maps and
  /// scratch memory of the convolutions, for which a sixteenth of the trunk is set aside.
  public func workspaceBytes(rows: Int, columns: Int) throws(NetworkError) -> Int {
    let shapes = try networkShapes(rows: rows, columns: columns)
    func bytes(_ shape: LayerShape) -> Int { Self.padded(shape.channels) * shape.rows * shape.columns * 4 }
    let largest = ([shapes.paddedInput] + shapes.steps).reduce(0) { max($0, bytes($1)) }
    let maps = shapes.upsampled.reduce(0) { $0 + $1.channels * $1.rows * $1.columns * 4 }
    return 2 * largest + largest / 8 + 2 * maps
  }

  /// Multiplications of one slice of rows x columns, in millions; throws `impossibleInput`.
  public func millionMultiplications(rows: Int, columns: Int) throws(NetworkError) -> Double {
    try networkShapes(rows: rows, columns: columns).steps.reduce(0) { $0 + Double($1.multiplyAccumulates) / 1e6 }
  }
}
