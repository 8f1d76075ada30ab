extension Manifest {
  /// The choices of the coarse-to-fine algorithm that the paper and its released code make differently.
  public struct Profile: Codable, Hashable, Sendable {
    /// Which mask slices the box of a fine slice encloses.
    public enum InputRegion: String, Codable, CaseIterable, Hashable, Sendable {
      /// The slice's own mask.
      case ownSlice = "own-slice"
      /// The union of the slice's mask and its two neighbours'.
      case unionOfNeighbours = "union-of-neighbours"
    }

    /// How the three views' probabilities become one mask.
    public enum Fusion: String, Codable, CaseIterable, Hashable, Sendable {
      /// At least two of three probabilities are >= 0.5.
      case majority
      /// The mean of the three is >= 0.5.
      case mean
    }

    /// Whether d(t) equal to the threshold ends the iteration.
    public enum Stop: String, Codable, CaseIterable, Hashable, Sendable {
      /// d(t) > threshold.
      case above
      /// d(t) >= threshold.
      case reaching
    }

    /// The box of a fine slice, r(X, Z).
    public var inputRegion: InputRegion
    /// Pixels of the working grid added on each side of the box, clipped to the slice.
    public var margin: Int
    /// Fusion of the coarse networks.
    public var coarseFusion: Fusion
    /// Fusion of the fine networks.
    public var fineFusion: Fusion
    /// After each fine round, 6-connected components of at least this share of the largest stay; nil keeps all.
    public var componentRatio: Double?
    /// R: the inter-iteration Dice coefficient d(t) that ends the iteration.
    public var threshold: Double
    /// Whether d(t) must exceed R or reach it.
    public var stop: Stop
    /// T: the largest number of fine rounds.
    public var rounds: Int

    enum CodingKeys: String, CodingKey {
      case margin, threshold, stop, rounds
      case inputRegion = "input_region"
      case coarseFusion = "coarse_fusion"
      case fineFusion = "fine_fusion"
      case componentRatio = "component_ratio"
    }

    /// Makes a profile.
    public init(
      inputRegion: InputRegion, margin: Int, coarseFusion: Fusion, fineFusion: Fusion, componentRatio: Double?,
      threshold: Double, stop: Stop, rounds: Int
    ) {
      (self.inputRegion, self.margin) = (inputRegion, margin)
      (self.coarseFusion, self.fineFusion) = (coarseFusion, fineFusion)
      (self.componentRatio, self.threshold) = (componentRatio, threshold)
      (self.stop, self.rounds) = (stop, rounds)
    }

    /// The algorithm as printed in the paper: Algorithm 1, margin 30, majority vote, R = 0.95, T = 10.
    public static let paper = Profile(
      inputRegion: .ownSlice, margin: 30, coarseFusion: .majority, fineFusion: .majority, componentRatio: nil,
      threshold: 0.95, stop: .above, rounds: 10)

    /// The algorithm of the authors' released code, version 1.11, which their weights need.
    public static let release111 = Profile(
      inputRegion: .unionOfNeighbours, margin: 20, coarseFusion: .majority, fineFusion: .mean, componentRatio: 0.5,
      threshold: 0.95, stop: .reaching, rounds: 10)
  }
}
