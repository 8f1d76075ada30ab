extension Manifest.Topology {
  /// Name and shape of one tensor that a network needs; the name has no prefix.
  public struct TensorShape: Hashable, Sendable {
    /// `<layer>.weight` or `<layer>.bias`.
    public let name: String
    /// [out channels, in channels, kernel rows, kernel columns], or [out channels] for a bias.
    public let shape: [Int]
    /// Numbers that feed one output: in channels * kernel rows * kernel columns, for weight and bias alike.
    public let fanIn: Int
  }

  /// The tensors of this topology: conv1_1 ... conv5_3, fc6, fc7, score_fr, score_pool4, score_pool3, weight before bias.
  ///
  /// With learned upsampling, upscore2, upscore_pool4 and upscore8 follow, weights only; with a saliency transformation then
  /// saliency1 and saliency2, weight before bias. Only for a topology without `flaw`.
  public var tensors: [TensorShape] {
    var result: [TensorShape] = []
    func append(_ layer: String, _ outputs: Int, _ inputs: Int, _ kernel: Int) {
      let fanIn = inputs * kernel * kernel
      result.append(TensorShape(name: "\(layer).weight", shape: [outputs, inputs, kernel, kernel], fanIn: fanIn))
      result.append(TensorShape(name: "\(layer).bias", shape: [outputs], fanIn: fanIn))
    }
    var channels = inputChannels
    for (block, (outputs, count)) in zip(blockChannels, convolutions).enumerated() {
      for index in 1...count {
        append("conv\(block + 1)_\(index)", outputs, channels, 3)
        channels = outputs
      }
    }
    append("fc6", fc6.channels, channels, fc6.kernel)
    append("fc7", fc7.channels, fc6.channels, 1)
    append("score_fr", outputChannels, fc7.channels, 1)
    append("score_pool4", outputChannels, blockChannels[3], 1)
    append("score_pool3", outputChannels, blockChannels[2], 1)
    if upsampling == .learned {
      for (layer, factor) in zip(["upscore2", "upscore_pool4", "upscore8"], upsamplingFactors) where factor > 1 {
        let shape = [outputChannels, 1, 2 * factor, 2 * factor]
        result.append(TensorShape(name: "\(layer).weight", shape: shape, fanIn: 4 * factor * factor))
      }
    }
    for (layer, kernel) in zip(["saliency1", "saliency2"], saliency?.kernels ?? []) {
      append(layer, inputChannels, inputChannels, kernel)
    }
    return result
  }

  /// The factors of the three upsampling steps: after score_fr, after score_pool4, after score_pool3.
  public var upsamplingFactors: [Int] {
    [pools[4] ? 2 : 1, pools[3] ? 2 : 1, 1 << pools.prefix(3).count(where: { $0 })]
  }

  /// What makes this topology impossible to compute, or nil. Bounds every product of its sizes far below Int.max.
  var flaw: String? {
    let channelRange = 1...8192
    guard inputChannels == 1 || inputChannels == 3 else { return "input_channels must be 1 or 3" }
    guard outputChannels == 1 || outputChannels == inputChannels else {
      return "output_channels must be 1 or equal input_channels"
    }
    guard blockChannels.count == 5, blockChannels.allSatisfy(channelRange.contains) else {
      return "block_channels must be 5 numbers in 1...8192"
    }
    guard convolutions.count == 5, convolutions.allSatisfy((1...8).contains) else {
      return "convolutions must be 5 numbers in 1...8"
    }
    guard pools.count == 5 else { return "pools must be 5 truth values" }
    guard channelRange.contains(fc6.channels), channelRange.contains(fc7.channels) else {
      return "fc6 and fc7 must have 1...8192 channels"
    }
    guard (1...15).contains(fc6.kernel), fc6.kernel % 2 == 1 else { return "fc6's kernel must be odd and in 1...15" }
    guard Float(skipScales.pool4).isFinite, Float(skipScales.pool3).isFinite else {
      return "skip_scales must be finite as float32"
    }
    if let saliency {
      guard saliency.kernels.count == 2, saliency.kernels.allSatisfy({ (1...15).contains($0) && $0 % 2 == 1 }) else {
        return "saliency: kernels must be two odd numbers in 1...15"
      }
      guard inputChannels == outputChannels else { return "saliency needs as many output_channels as input_channels" }
    }
    switch (family, pad) {
    case (.crop, .some(1...512)), (.samePadding, nil): return nil
    case (.crop, _): return "pad must be in 1...512 in the crop family"
    case (.samePadding, _): return "pad must be null in the same-padding family"
    }
  }
}
