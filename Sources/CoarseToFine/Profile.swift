/// The choices that Algorithm 1 leaves open, each a field of the bundle's manifest.
///
/// `paper` is what the MICCAI 2017 paper states; `release111` is what the authors' released code (OrganSegC2F 1.11)
/// does and what weights trained with it need.
public struct Profile: Hashable, Sendable {
  /// How three views become one mask.
  public enum FusionRule: String, CaseIterable, Hashable, Sendable {
    /// Foreground where at least two of three views have p >= 0.5.
    case majority
    /// Foreground where the mean of the three views' p is >= 0.5.
    case mean
  }

  /// How d(t) is compared with R.
  public enum StopComparison: String, CaseIterable, Hashable, Sendable {
    /// Stop when d(t) > R.
    case above
    /// Stop when d(t) >= R.
    case reaching
  }

  /// Which slices of the previous mask a slice's box encloses.
  public var inputRegion: InputRegion.Neighbourhood
  /// The frame around the enclosed foreground on each side, in pixels of the working grid: 0 ... 512.
  public var margin: Int
  /// How the coarse views become Z(0).
  public var coarseFusion: FusionRule
  /// How the fine views become Z(t), t >= 1.
  public var fineFusion: FusionRule
  /// Components smaller than this part of the largest are removed after every fine round, never from Z(0): above 0
  /// and at most 1; nil for no filter. See `ComponentFilter` for when the filter stands aside.
  public var componentRatio: Double?
  /// R: how much two masks in a row must agree (DSC) to end the iteration, 0 ... 1.
  public var threshold: Double
  /// Whether d(t) must exceed R or only reach it.
  public var stopComparison: StopComparison
  /// T: the most fine rounds, 0 ... 100; 0 ends with the coarse mask.
  public var maximumRounds: Int
  /// C: the networks' output channels. 3 for slices j - 1, j, j + 1; 1 for the middle slice alone.
  public var slicesPredicted: Int
  /// Which slices the coarse networks are run on.
  public var coarseSampling: CoarseSampling

  /// Takes the choices as they are; `validate` checks them.
  public init(
    inputRegion: InputRegion.Neighbourhood, margin: Int, coarseFusion: FusionRule, fineFusion: FusionRule,
    componentRatio: Double?, threshold: Double, stopComparison: StopComparison, maximumRounds: Int,
    slicesPredicted: Int, coarseSampling: CoarseSampling = .everySlice
  ) {
    self.inputRegion = inputRegion
    self.margin = margin
    self.coarseFusion = coarseFusion
    self.fineFusion = fineFusion
    self.componentRatio = componentRatio
    self.threshold = threshold
    self.stopComparison = stopComparison
    self.maximumRounds = maximumRounds
    self.slicesPredicted = slicesPredicted
    self.coarseSampling = coarseSampling
  }

  /// The paper: own slice's box + 30 px, majority, no component filter, d > 0.95, ten rounds.
  public static let paper = Profile(
    inputRegion: .ownSlice, margin: 30, coarseFusion: .majority, fineFusion: .majority, componentRatio: nil,
    threshold: 0.95, stopComparison: .above, maximumRounds: 10, slicesPredicted: 3)

  /// The authors' code: box over three slices + 20 px, fine views averaged, components filtered, d >= 0.95, ten rounds.
  public static let release111 = Profile(
    inputRegion: .unionOfNeighbours, margin: 20, coarseFusion: .majority, fineFusion: .mean, componentRatio: 0.5,
    threshold: 0.95, stopComparison: .reaching, maximumRounds: 10, slicesPredicted: 3)

  /// Checks every range; throws `profileOutOfRange` for the first field outside its own.
  public func validate() throws(CoarseToFineError) {
    func check(_ valid: Bool, _ field: String, _ found: String, _ expected: String) throws(CoarseToFineError) {
      guard valid else {
        throw CoarseToFineError(
          code: .profileOutOfRange,
          message: "profile: \(field) is \(found), expected \(expected); correct the bundle's manifest")
      }
    }
    try check((0...512).contains(margin), "margin", "\(margin)", "0 to 512 pixels")
    if let ratio = componentRatio {
      try check(ratio > 0 && ratio <= 1, "componentRatio", "\(ratio)", "a number above 0 and at most 1")
    }
    try check((0...1).contains(threshold), "threshold", "\(threshold)", "0 to 1")
    try check((0...100).contains(maximumRounds), "maximumRounds", "\(maximumRounds)", "0 to 100")
    try check([1, 3].contains(slicesPredicted), "slicesPredicted", "\(slicesPredicted)", "1 or 3")
  }

  /// Whether the iteration ends at this d(t).
  public func stops(at dice: Double) -> Bool {
    switch stopComparison {
    case .above: dice > threshold
    case .reaching: dice >= threshold
    }
  }
}
