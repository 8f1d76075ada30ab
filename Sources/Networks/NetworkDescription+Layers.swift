/// One convolution with its bias: a trunk layer with ReLU, or a linear score layer.
struct ConvolutionLayer: Hashable, Sendable {
  /// Canonical name: conv1_1 ... conv5_3, fc6, fc7, score_fr, score_pool4, score_pool3.
  let name: String
  let inChannels: Int, outChannels: Int
  /// Rows and columns of the kernel.
  let kernel: Int
  /// Zeros added on every side by the convolution itself; conv1_1 finds its own already in the padded input.
  let padding: Int
  let hasReLU: Bool

  /// [out, in, kernel rows, kernel columns].
  var weightShape: [Int] { [outChannels, inChannels, kernel, kernel] }

  /// Channels of the input as they lie in memory: those of an image as they are, others in whole vectors of 16.
  var storedInChannels: Int { name == "conv1_1" ? inChannels : Self.stored(inChannels) }
  /// Channels of the output as they lie in memory; those beyond `outChannels` are 0.
  var storedOutChannels: Int { Self.stored(outChannels) }
  /// Weights with zeros for the channels that only fill a vector.
  var storedWeightShape: [Int] { [storedOutChannels, storedInChannels, kernel, kernel] }

  private static func stored(_ channels: Int) -> Int { (channels + 15) / 16 * 16 }

  /// `weights` [out, in, kernel rows, kernel columns] in the shape of `storedWeightShape`.
  func stored(weights: [Float]) -> [Float] {
    guard storedWeightShape != weightShape else { return weights }
    let (taps, line) = (kernel * kernel, inChannels * kernel * kernel)
    var stored = [Float](repeating: 0, count: storedWeightShape.reduce(1, *))
    for out in 0..<outChannels {
      let start = out * storedInChannels * taps
      stored.replaceSubrange(start..<start + line, with: weights[out * line..<(out + 1) * line])
    }
    return stored
  }
}

/// What happens to the trunk, in order.
enum NetworkStep: Hashable, Sendable {
  /// Trunk becomes ReLU(convolution(trunk)).
  case convolution(ConvolutionLayer)
  /// Trunk becomes its 2x2 maximum, stride 2, a last odd row or column counting alone.
  case pool(name: String)
  /// A score map branches off; the trunk stays.
  case score(ConvolutionLayer)
}

extension NetworkDescription {
  /// All layers in the order in which they run.
  var steps: [NetworkStep] {
    var steps: [NetworkStep] = []
    var channels = inputChannels
    for block in 0..<5 {
      for index in 0..<blockConvolutions[block] {
        let layer = ConvolutionLayer(
          name: "conv\(block + 1)_\(index + 1)", inChannels: channels, outChannels: blockChannels[block], kernel: 3,
          padding: steps.isEmpty ? 0 : 1, hasReLU: true)
        steps.append(.convolution(layer))
        channels = blockChannels[block]
      }
      if pools[block] { steps.append(.pool(name: "pool\(block + 1)")) }
      if block == 2 || block == 3 { steps.append(.score(score("score_pool\(block + 1)", of: channels))) }
    }
    let fc6 = ConvolutionLayer(
      name: "fc6", inChannels: channels, outChannels: fc6Channels, kernel: fc6Kernel,
      padding: family == .samePadding ? fc6Kernel / 2 : 0, hasReLU: true)
    let fc7 = ConvolutionLayer(
      name: "fc7", inChannels: fc6Channels, outChannels: fc7Channels, kernel: 1, padding: 0, hasReLU: true)
    return steps + [.convolution(fc6), .convolution(fc7), .score(score("score_fr", of: fc7Channels))]
  }

  private func score(_ name: String, of channels: Int) -> ConvolutionLayer {
    ConvolutionLayer(
      name: name, inChannels: channels, outChannels: outputChannels, kernel: 1, padding: 0, hasReLU: false)
  }

  /// The convolutions in the order in which they run.
  var convolutions: [ConvolutionLayer] {
    steps.compactMap { step in
      switch step {
      case .convolution(let layer), .score(let layer): layer
      case .pool: nil
      }
    }
  }

  /// Names and shapes of all weight tensors, in the order in which a network asks for them.
  ///
  /// `<layer>.weight` is [out, in, kernel rows, kernel columns], `<layer>.bias` is [out]; layers are conv1_1 ...
  /// conv5_3, fc6, fc7, score_fr, score_pool4, score_pool3. With learned upsampling upscore2, upscore_pool4 and upscore8
  /// follow, each `<stage>.weight` [outputChannels, 1, 2f, 2f], for stages whose factor f is more than 1.
  public var weightShapes: [(name: String, shape: [Int])] {
    let layers = convolutions.flatMap {
      [("\($0.name).weight", $0.weightShape), ("\($0.name).bias", [$0.outChannels])]
    }
    guard upsampling == .learned else { return layers }
    return layers
      + upsamplingStages.filter { $0.factor > 1 }.map {
        ("\($0.name).weight", $0.kernelShape(channels: outputChannels))
      }
  }

  /// Number of weights and biases.
  public var parameterCount: Int {
    weightShapes.reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  /// Product of all pool strides: samePadding inputs are padded to a multiple of it.
  public var totalStride: Int {
    pools.reduce(1) { $1 ? $0 * 2 : $0 }
  }
}
