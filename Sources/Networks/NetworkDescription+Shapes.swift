/// Size and cost of one layer for one input size.
public struct LayerShape: Hashable, Sendable {
  /// input (after padding), a convolution, pool or score layer, or an upsampling stage (after its crop).
  public let name: String
  /// Channels of the layer's output.
  public let channels: Int
  /// Rows of the layer's output.
  public let rows: Int
  /// Columns of the layer's output.
  public let columns: Int
  /// Multiplications of a convolution, positions in the zero border included; 0 for what is not a convolution.
  public let multiplyAccumulates: Int
}

/// Rows and columns of a map.
struct MapSize: Hashable, Sendable {
  let rows: Int, columns: Int
}

extension LayerShape {
  var size: MapSize { MapSize(rows: rows, columns: columns) }
}

/// All sizes that one input size leads to.
struct NetworkShapes: Sendable {
  /// The input after padding, and how many zeros stand before its first row and column.
  let paddedInput: LayerShape
  let leadingZeros: Int
  /// One per step of the description.
  let steps: [LayerShape]
  /// One per upsampling stage, after its crop; the last one is the network's output.
  let upsampled: [LayerShape]
}

extension NetworkDescription {
  /// Sizes and costs of all layers for an input of rows x columns; throws `impossibleInput` when it cannot fit.
  ///
  /// Sides may be 1...16384; no layer may hold more than 2^31 - 1 values. Cheap: no memory is touched.
  public func shapes(rows: Int, columns: Int) throws(NetworkError) -> [LayerShape] {
    let shapes = try networkShapes(rows: rows, columns: columns)
    return [shapes.paddedInput] + shapes.steps + shapes.upsampled
  }

  func networkShapes(rows: Int, columns: Int) throws(NetworkError) -> NetworkShapes {
    let padded = try paddedSize(rows: rows, columns: columns)
    let input = try checked("input", inputChannels, padded.rows, padded.columns)
    var trunk = input
    var taps: [LayerShape] = []
    var shapes: [LayerShape] = []
    for step in steps {
      switch step {
      case .convolution(let layer):
        trunk = try shape(of: layer, on: trunk)
        shapes.append(trunk)
      case .pool(let name):
        trunk = try checked(name, trunk.channels, (trunk.rows + 1) / 2, (trunk.columns + 1) / 2)
        shapes.append(trunk)
      case .score(let layer):
        taps.append(try shape(of: layer, on: trunk))
        shapes.append(taps[taps.count - 1])
      }
    }
    return NetworkShapes(
      paddedInput: input, leadingZeros: leadingZeros, steps: shapes,
      upsampled: try upsampled(from: taps, rows: rows, columns: columns))
  }

  /// What remains of an input's size once it is padded; inputs of the same padded size share one plan.
  func paddedSize(rows: Int, columns: Int) throws(NetworkError) -> MapSize {
    guard (1...16384).contains(rows), (1...16384).contains(columns) else {
      throw NetworkError(
        code: .impossibleInput, message: "network input: sides must be 1...16384, found \(rows) x \(columns)")
    }
    let stride = family == .samePadding ? totalStride : 1
    func padded(_ size: Int) -> Int { (size + stride - 1) / stride * stride + 2 * leadingZeros }
    return MapSize(rows: padded(rows), columns: padded(columns))
  }

  /// `taps` are the score maps in the order of the steps: block 3, block 4, fc7.
  private func upsampled(from taps: [LayerShape], rows: Int, columns: Int) throws(NetworkError) -> [LayerShape] {
    var score = taps[2]
    var shapes: [LayerShape] = []
    for (stage, tap) in zip(upsamplingStages, [taps[1], taps[0], nil]) {
      let whole = (stage.upsampledSize(score.rows), stage.upsampledSize(score.columns))
      var kept = (rows, columns)
      if let tap {
        kept = family == .samePadding ? (tap.rows, tap.columns) : whole
        try refuse(stage.name, crop: stage.skipCrop, keeping: kept, of: (tap.rows, tap.columns))
      }
      try refuse(stage.name, crop: stage.crop, keeping: kept, of: whole)
      score = try checked(stage.name, outputChannels, kept.0, kept.1)
      shapes.append(score)
    }
    return shapes
  }

  /// Zeros before the first row and column of the input.
  var leadingZeros: Int {
    // samePadding: conv1_1 does not pad by itself, its border of one zero is part of the padded input.
    if case .crop(let pad) = family { pad } else { 1 }
  }

  private func shape(of layer: ConvolutionLayer, on input: LayerShape) throws(NetworkError) -> LayerShape {
    let shrinks = layer.kernel - 1 - 2 * layer.padding
    let shape = try checked(layer.name, layer.outChannels, input.rows - shrinks, input.columns - shrinks)
    return LayerShape(
      name: shape.name, channels: shape.channels, rows: shape.rows, columns: shape.columns,
      multiplyAccumulates: shape.rows * shape.columns * layer.outChannels * layer.inChannels * layer.kernel
        * layer.kernel)
  }

  /// With at most 2^31 - 1 values a layer, no product of sizes here or in oneDNN can overflow.
  private func checked(_ name: String, _ channels: Int, _ rows: Int, _ columns: Int) throws(NetworkError) -> LayerShape
  {
    guard rows >= 1, columns >= 1 else {
      throw NetworkError(
        code: .impossibleInput, message: "network input: too small, \(name) would have \(rows) x \(columns) positions")
    }
    guard rows * columns <= Int(Int32.max) / channels else {
      throw NetworkError(
        code: .impossibleInput,
        message: "network input: too large, \(name) would have \(channels) x \(rows) x \(columns) values; "
          + "at most \(Int32.max) are possible")
    }
    return LayerShape(name: name, channels: channels, rows: rows, columns: columns, multiplyAccumulates: 0)
  }

  private func refuse(
    _ name: String, crop: Int, keeping kept: (Int, Int), of map: (Int, Int)
  ) throws(NetworkError) {
    guard crop + kept.0 > map.0 || crop + kept.1 > map.1 else { return }
    throw NetworkError(
      code: .impossibleInput,
      message: "network input: \(name) needs \(kept.0) x \(kept.1) positions from offset \(crop) "
        + "of a map of \(map.0) x \(map.1); a larger pad is needed")
  }
}
