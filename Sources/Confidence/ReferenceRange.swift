/// Where a feature usually lies in images that a bundle was calibrated for; an absent end is open.
public struct ReferenceRange: Hashable, Sendable {
  /// Smallest usual value.
  public let low: Double?
  /// Largest usual value.
  public let high: Double?

  /// A range with one end or two.
  public init(low: Double?, high: Double?) { (self.low, self.high) = (low, high) }

  /// Whether a value lies inside.
  public func contains(_ value: Double) -> Bool { value >= low ?? -.infinity && value <= high ?? .infinity }

  /// How far a value lies outside, in widths of the range; in its own units where the range has one end.
  public func distance(of value: Double) -> Double {
    let below = low.map { max(0, $0 - value) } ?? 0
    let above = high.map { max(0, value - $0) } ?? 0
    guard let low, let high, high > low else { return below + above }
    return (below + above) / (high - low)
  }
}

/// The features that need to know what is usual, made from the measured ones.
enum DerivedFeatures {
  /// The largest DSC that the mask can have, were the organ's volume inside `reference`.
  ///
  /// DSC(A, B) <= 2 min(a, b) / (a + b), so a mask of v mL reaches at most 2 v / (v + low) below the range and
  /// 2 high / (v + high) above it. Below the range nothing is claimed of a mask at the image's border: the organ may be
  /// cut, and its part in the image as small as the mask.
  static func volumePlausibility(_ volume: Double, isCut: Bool, reference: ReferenceRange) -> Double {
    if let low = reference.low, volume < low, !isCut { return 2 * volume / (volume + low) }
    if let high = reference.high, volume > high { return 2 * high / (volume + high) }
    return 1
  }

  /// `features` with the derived ones that `references` allows, and the number of findings.
  static func adding(
    to features: RunFeatures, references: [Feature: ReferenceRange], findings: [InputFinding]
  ) -> RunFeatures {
    var all = features
    if let volume = features[.volume], let reference = references[.volume] {
      all[.volumePlausibility] = volumePlausibility(
        volume, isCut: (features[.borderContact] ?? 0) > 0, reference: reference)
    }
    if let mean = features[.hounsfieldMean], let reference = references[.hounsfieldMean] {
      all[.hounsfieldOutside] = reference.distance(of: mean)
    }
    all[.inputFindings] = Double(Set(findings.map(\.kind)).count)
    return all
  }
}
