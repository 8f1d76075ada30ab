extension Manifest {
  /// One network: of a stage, a view, and one organ or all of them.
  public struct Network: Codable, Hashable, Sendable {
    /// When the network is used.
    public enum Stage: String, Codable, CaseIterable, Hashable, Sendable {
      /// Once, on every full slice.
      case coarse
      /// In every round, on the input region.
      case fine
    }

    /// The view whose slices a network takes.
    public enum View: String, Codable, CaseIterable, Hashable, Sendable {
      /// Slices along y.
      case coronal
      /// Slices along x.
      case sagittal
      /// Slices along z.
      case axial
    }

    /// Coarse or fine.
    public var stage: Stage
    /// The view whose slices it takes.
    public var view: View
    /// Prefix of its tensors' names: `<tensors>/conv1_1.weight`, `<tensors>/conv1_1.bias` and so on.
    public var tensors: String
    /// Its layers.
    public var topology: Topology
    /// Value of the label that it finds; nil when it serves every label of the bundle.
    public var label: Int?
    /// T of the returned probability, sigmoid(logit(p) / T); nil means 1. Masks do not depend on it.
    public var temperature: Double?
    /// Largest input ("input") and activation after each layer with ReLU ("conv1_1" ... "fc7") over calibration images:
    /// the ranges of int8; nil where none were measured.
    public var activationMaxima: [String: Double]?

    /// What a temperature may be.
    static let temperatures = 0.05...20.0

    enum CodingKeys: String, CodingKey {
      case stage, view, tensors, topology, label, temperature
      case activationMaxima = "activation_maxima"
    }

    /// Makes a network.
    public init(
      stage: Stage, view: View, tensors: String, topology: Topology, temperature: Double? = nil, label: Int? = nil,
      activationMaxima: [String: Double]? = nil
    ) {
      (self.stage, self.view, self.tensors, self.topology) = (stage, view, tensors, topology)
      (self.temperature, self.label, self.activationMaxima) = (temperature, label, activationMaxima)
    }
  }

  /// The layers of a fully convolutional network with three scores (FCN-8s): VGG-16's five blocks, fc6, fc7, skips.
  public struct Topology: Codable, Hashable, Sendable {
    /// How the network treats borders.
    public enum Family: String, Codable, CaseIterable, Hashable, Sendable {
      /// The first convolution pads by `pad`, pooling rounds up, fc6 has no padding, scores are cropped (Zhou et al. 2017).
      case crop
      /// Every convolution keeps its size; the input is padded right and bottom with 0 to a multiple of the total stride.
      case samePadding = "same-padding"
    }

    /// Where the kernels of the three deconvolutions come from.
    public enum Upsampling: String, Codable, CaseIterable, Hashable, Sendable {
      /// Fixed bilinear interpolation, channel by channel; no tensors are stored.
      case bilinear
      /// Trained, one kernel a channel: tensors upscore2, upscore_pool4 and upscore8, each [output channels, 1, 2f, 2f] for
      /// an upsampling by f (`upsamplingFactors`); a step with f = 1 is left out and has none.
      case learned
    }

    /// A convolution that stands for a fully connected layer.
    public struct FullyConnected: Codable, Hashable, Sendable {
      /// Output channels.
      public var channels: Int
      /// Rows and columns of the kernel.
      public var kernel: Int

      /// Makes a layer.
      public init(channels: Int, kernel: Int) { (self.channels, self.kernel) = (channels, kernel) }
    }

    /// The 1x1 convolution after fc6.
    public struct PointwiseLayer: Codable, Hashable, Sendable {
      /// Output channels.
      public var channels: Int

      /// Makes a layer.
      public init(channels: Int) { self.channels = channels }
    }

    /// Factors on the pooled activations before their scores.
    public struct SkipScales: Codable, Hashable, Sendable {
      /// Factor on the output of block 4.
      public var pool4: Double
      /// Factor on the output of block 3.
      public var pool3: Double

      /// Makes the two factors; 1 in the paper, 0.01 and 0.0001 in the "at once" variant of FCN-8s.
      public init(pool4: Double = 1, pool3: Double = 1) { (self.pool4, self.pool3) = (pool4, pool3) }
    }

    /// RSTN's saliency transformation, for fine networks: two convolutions on the previous round's probabilities, with
    /// whose result the image is multiplied.
    public struct Saliency: Codable, Hashable, Sendable {
      /// Rows and columns of the two kernels; 3 and 5 in the paper.
      public var kernels: [Int]

      /// Makes a transformation.
      public init(kernels: [Int] = [3, 5]) { self.kernels = kernels }
    }

    /// How borders are treated.
    public var family: Family
    /// Padding of the first convolution in the crop family (100 in the paper); nil in the same-padding family.
    public var pad: Int?
    /// Neighbouring slices in: 3, or 1.
    public var inputChannels: Int
    /// Slices out: as many as `inputChannels`, or 1, the middle one.
    public var outputChannels: Int
    /// Channels of the five blocks; 64, 128, 256, 512, 512 in the paper.
    public var blockChannels: [Int]
    /// 3x3 convolutions in each block; 2, 2, 3, 3, 3 in VGG-16.
    public var convolutions: [Int]
    /// Whether a 2x2 max pooling ends each block.
    public var pools: [Bool]
    /// 7x7, 4096 channels in the paper.
    public var fc6: FullyConnected
    /// 1x1, 4096 channels in the paper.
    public var fc7: PointwiseLayer
    /// Factors on the skip connections.
    public var skipScales: SkipScales
    /// The deconvolutions' kernels.
    public var upsampling: Upsampling
    /// What the fine input is multiplied by (Yu et al., CVPR 2018); nil leaves the image as it is.
    public var saliency: Saliency?

    enum CodingKeys: String, CodingKey {
      case family, pad, convolutions, pools, fc6, fc7, upsampling, saliency
      case inputChannels = "input_channels"
      case outputChannels = "output_channels"
      case blockChannels = "block_channels"
      case skipScales = "skip_scales"
    }

    /// Makes a topology; `flaw` says whether it can be computed.
    public init(
      family: Family, pad: Int?, inputChannels: Int, outputChannels: Int, blockChannels: [Int],
      convolutions: [Int] = [2, 2, 3, 3, 3], pools: [Bool], fc6: FullyConnected, fc7: PointwiseLayer,
      skipScales: SkipScales = SkipScales(), upsampling: Upsampling = .bilinear, saliency: Saliency? = nil
    ) {
      (self.family, self.pad, self.inputChannels, self.outputChannels) = (family, pad, inputChannels, outputChannels)
      (self.blockChannels, self.convolutions, self.pools) = (blockChannels, convolutions, pools)
      (self.fc6, self.fc7, self.skipScales, self.upsampling) = (fc6, fc7, skipScales, upsampling)
      self.saliency = saliency
    }

    /// The network of the paper: FCN-8s on VGG-16, pad 100, three slices in and out, 134,275,145 stored weights
    /// (134,277,737 with the fixed upsampling kernels).
    public static let paper = Topology(
      family: .crop, pad: 100, inputChannels: 3, outputChannels: 3, blockChannels: [64, 128, 256, 512, 512],
      pools: [true, true, true, true, true], fc6: FullyConnected(channels: 4096, kernel: 7),
      fc7: PointwiseLayer(channels: 4096))
  }
}

extension Manifest {
  /// The stages in the order in which they run.
  public var runningStages: [Network.Stage] { stages ?? [.coarse, .fine] }
}

extension Manifest.Network {
  /// Whether a run for this label uses the network in this stage and view.
  public func serves(_ stage: Stage, _ view: View, label: Int) -> Bool {
    self.stage == stage && self.view == view && (self.label ?? label) == label
  }
}
