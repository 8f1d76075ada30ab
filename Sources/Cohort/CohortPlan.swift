/// The cases of Islet's synthetic cohort: names, sets, folds, sources and seeds, before anything is computed.
///
/// 82 cases in four folds, as many as the NIH data have; 24 for the calibration of confidence and 24 for the figures
/// outside the folds. Odd numbers are parametric, even ones come from an atlas, so every fold and set holds half of each
/// (odd-sized folds but for one case).
public enum CohortPlan {
  /// The cohort's name in cohort.json.
  public static let name = "Islet synthetic cohort"
  /// How hard the cases are made when nobody says otherwise.
  ///
  /// Set once, before any fine network was trained, by the coarse result on the calibration cases alone: at 1 the fused
  /// coarse masks had a mean DSC of 0.567, far below the 0.757 of the paper (docs/cohort.md).
  public static let difficulty = 0.4
  /// mm along each axis when nobody says otherwise: the grid of the shipped bundles.
  public static let spacing = 3.0
  /// Seeds of the cohort alone; streams for training must not draw from them, or what is measured was trained on.
  public static let reservedSeeds: Range<UInt64> = 1_000_000..<1_100_000

  /// How many originals a set has; the training set is a stream without end and has none here.
  public static func count(of set: CohortCase.Purpose) -> Int {
    switch set {
    case .fold: 82
    case .calibration, .test: 24
    case .training: 0
    }
  }

  /// The originals of a set, in the order of their numbers.
  public static func originals(of set: CohortCase.Purpose) -> [CohortCase] {
    let count = count(of: set)
    return (0..<count).map { place in
      let digits = String(place + 1)
      let isFold = set == .fold
      let number = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
      return CohortCase(
        id: "\(isFold ? "case" : set.rawValue)-\(number)", set: set,
        fold: isFold ? Folds.fold(ofPlace: place, among: count) : nil,
        source: place % 2 == 0 ? "parametric" : "atlas", seed: firstSeed(of: set) + UInt64(place))
    }
  }

  /// The corrupted variants of an original, one for each name; none for a case of the folds.
  public static func variants(of original: CohortCase, corruptions: [String]) -> [CohortCase] {
    guard original.set == .calibration || original.set == .test else { return [] }
    return corruptions.map { corruption in
      CohortCase(
        id: "\(original.id)-\(corruption)", set: original.set, source: original.source, seed: original.seed,
        corruption: corruption, original: original.id)
    }
  }

  /// Seeds of a set start 10,000 apart.
  private static func firstSeed(of set: CohortCase.Purpose) -> UInt64 {
    let offset: UInt64 =
      switch set {
      case .fold: 1
      case .calibration: 10_001
      case .test: 20_001
      case .training: 30_001
      }
    return reservedSeeds.lowerBound + offset
  }
}
