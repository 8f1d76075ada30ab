/// The topology of one FCN-8s: everything a manifest says about a network except its weights.
///
/// Five blocks of 3x3 convolutions with ReLU, each followed by a 2x2 max pool of stride 2 (or by none); fc6 and fc7 as
/// convolutions with ReLU; one linear 1x1 score layer on fc7, on block 4 and on block 3; upsampling (bilinear, or with
/// learned kernels), added skip by skip; a sigmoid per output channel. Source: method.md section 2, models.md "Net".
public struct NetworkDescription: Hashable, Sendable {
  /// How borders are treated.
  public enum Family: Hashable, Sendable {
    /// The paper's: conv1_1 pads by `pad` zeros, pools round up, fc6 does not pad, upsampled maps are cropped.
    case crop(pad: Int)
    /// Slim networks: every convolution keeps the size; the input is zero-padded on the right and at the bottom to a
    /// multiple of the total stride, and the output is cropped.
    case samePadding
  }

  /// Where the kernels of the upsampling stages come from.
  public enum Upsampling: Hashable, Sendable {
    /// Fixed bilinear interpolation, as in the paper: no weights.
    case bilinear
    /// Learned kernels, one per output channel: tensors upscore2, upscore_pool4, upscore8.
    case learned
  }

  /// How borders are treated.
  public let family: Family
  /// Neighbouring slices in: 3 or 1.
  public let inputChannels: Int
  /// Probability maps out: 1 or 3.
  public let outputChannels: Int
  /// Channels of the five blocks.
  public let blockChannels: [Int]
  /// Number of 3x3 convolutions in each of the five blocks.
  public let blockConvolutions: [Int]
  /// Which of the five blocks end with a 2x2 max pool; upsampling factors follow.
  public let pools: [Bool]
  /// Channels of fc6.
  public let fc6Channels: Int
  /// Rows and columns of fc6's kernel; odd.
  public let fc6Kernel: Int
  /// Channels of fc7.
  public let fc7Channels: Int
  /// Factor on the scores of block 4 before they are added (1, or 0.01 in "at-once" FCN-8s).
  public let skipScale4: Float
  /// Factor on the scores of block 3 before they are added (1, or 0.0001 in "at-once" FCN-8s).
  public let skipScale3: Float
  /// Where the kernels of the upsampling stages come from.
  public let upsampling: Upsampling

  /// A checked topology; throws `impossibleDescription` for what no network can have or what would be absurd.
  ///
  /// Limits: channels 1...8192, 1...8 convolutions a block, fc6 kernel odd and at most 15, pad 0...512 and large enough
  /// that every crop starts inside the map it crops, finite skip scales.
  public init(
    family: Family, inputChannels: Int = 3, outputChannels: Int, blockChannels: [Int],
    blockConvolutions: [Int] = [2, 2, 3, 3, 3], pools: [Bool] = [true, true, true, true, true], fc6Channels: Int,
    fc6Kernel: Int, fc7Channels: Int, skipScale4: Float = 1, skipScale3: Float = 1,
    upsampling: Upsampling = .bilinear
  ) throws(NetworkError) {
    self.family = family
    (self.inputChannels, self.outputChannels) = (inputChannels, outputChannels)
    (self.blockChannels, self.blockConvolutions, self.pools) = (blockChannels, blockConvolutions, pools)
    (self.fc6Channels, self.fc6Kernel, self.fc7Channels) = (fc6Channels, fc6Kernel, fc7Channels)
    (self.skipScale4, self.skipScale3, self.upsampling) = (skipScale4, skipScale3, upsampling)
    try refuseAbsurdValues()
    try refuseCropsOutside()
  }

  /// The FCN-8s of Zhou et al. 2017, 134 million parameters.
  ///
  /// Throws for other numbers of slices than 1 and 3.
  public static func paper(inputChannels: Int = 3, outputChannels: Int = 3) throws(NetworkError) -> NetworkDescription {
    try NetworkDescription(
      family: .crop(pad: 100), inputChannels: inputChannels, outputChannels: outputChannels,
      blockChannels: [64, 128, 256, 512, 512], fc6Channels: 4096, fc6Kernel: 7, fc7Channels: 4096)
  }
}

// What no network can have.
extension NetworkDescription {
  private func refuseAbsurdValues() throws(NetworkError) {
    try require([1, 3].contains(inputChannels), "inputChannels", "1 or 3", inputChannels)
    try require([1, 3].contains(outputChannels), "outputChannels", "1 or 3", outputChannels)
    try require(blockChannels.count == 5, "blockChannels", "5 values", blockChannels.count)
    try require(blockConvolutions.count == 5, "blockConvolutions", "5 values", blockConvolutions.count)
    try require(pools.count == 5, "pools", "5 values", pools.count)
    for channels in blockChannels {
      try require((1...8192).contains(channels), "blockChannels", "1...8192", channels)
    }
    for convolutions in blockConvolutions {
      try require((1...8).contains(convolutions), "blockConvolutions", "1...8", convolutions)
    }
    try require((1...8192).contains(fc6Channels), "fc6Channels", "1...8192", fc6Channels)
    try require((1...8192).contains(fc7Channels), "fc7Channels", "1...8192", fc7Channels)
    try require(
      (1...15).contains(fc6Kernel) && !fc6Kernel.isMultiple(of: 2), "fc6Kernel", "an odd number in 1...15", fc6Kernel)
    if case .crop(let pad) = family { try require((0...512).contains(pad), "pad", "0...512", pad) }
    try require(skipScale4.isFinite, "skipScale4", "a finite number", skipScale4)
    try require(skipScale3.isFinite, "skipScale3", "a finite number", skipScale3)
  }

  private func refuseCropsOutside() throws(NetworkError) {
    let stages = upsamplingStages
    guard let stage = stages.first(where: { $0.crop < 0 || $0.skipCrop < 0 }) else { return }
    throw NetworkError(
      code: .impossibleDescription,
      message: "network description: the crop at \(stage.name) would start at "
        + "\(min(stage.crop, stage.skipCrop)), outside its map; "
        + "a larger pad or a smaller fc6 kernel is needed")
  }

  private func require(
    _ condition: Bool, _ field: String, _ expected: String, _ found: some CustomStringConvertible
  ) throws(NetworkError) {
    guard !condition else { return }
    throw NetworkError(
      code: .impossibleDescription, message: "network description: \(field) must be \(expected), found \(found)")
  }
}
