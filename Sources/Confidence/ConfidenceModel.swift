import Glibc

/// A bundle's calibration: from a run's features to a predicted DSC. Monotone: no feature that gets better lowers it.
///
/// score = intercept + sum of weight * share, where share runs from 0 at a feature's worst value to 1 at its best;
/// estimate = calibration(link(score)), at most what the volume allows; lower bound = lower90(estimate), a table made by
/// split-conformal prediction. docs/confidence.md says how the numbers are found.
public struct ConfidenceModel: Hashable, Sendable {
  /// One feature's part in the score.
  public struct Term: Hashable, Sendable {
    /// The feature.
    public let feature: Feature
    /// Its value that counts 0; worse ones count 0 too.
    public let worst: Double
    /// Its value that counts 1; better ones count 1 too. Larger than `worst` where more is better.
    public let best: Double
    /// What the whole way from worst to best adds to the score, at least 0.
    public let weight: Double
    /// The border of what is usual in good results: worse values are named as reasons, and an absent feature counts as
    /// this one.
    public let usual: Double

    /// Returns nil unless everything is finite, worst and best differ and the weight is not negative.
    public init?(feature: Feature, worst: Double, best: Double, weight: Double, usual: Double) {
      guard [worst, best, weight, usual].allSatisfy(\.isFinite), worst != best, weight >= 0 else { return nil }
      (self.feature, self.worst, self.best) = (feature, worst, best)
      (self.weight, self.usual) = (weight, usual)
    }

    /// 0 at worst, 1 at best, clamped.
    func share(of value: Double) -> Double { min(max((value - worst) / (best - worst), 0), 1) }

    /// Whether a value is worse than usual.
    func isWorseThanUsual(_ value: Double) -> Bool { best > worst ? value < usual : value > usual }

    /// The usual values as a range.
    var usualRange: ReferenceRange {
      best > worst ? ReferenceRange(low: usual, high: nil) : ReferenceRange(low: nil, high: usual)
    }
  }

  /// How the score becomes the argument of the calibration.
  public enum Link: String, CaseIterable, Hashable, Sendable {
    /// As it is.
    case identity
    /// 1 / (1 + exp(-score)).
    case logistic

    func callAsFunction(_ score: Double) -> Double {
      switch self {
      case .identity: score
      case .logistic: 1 / (1 + exp(-score))
      }
    }
  }

  /// From which estimates on a result is called high or moderate.
  public struct Grades: Hashable, Sendable {
    /// High from here on, when the input raises no doubt.
    public let high: Double
    /// Moderate from here on; below it low.
    public let moderate: Double

    /// Two estimates, the higher one first.
    public init(high: Double, moderate: Double) { (self.high, self.moderate) = (high, moderate) }
  }

  private let intercept: Double
  private let terms: [Term]
  private let link: Link
  private let calibration: PiecewiseLinear
  private let lower90: PiecewiseLinear
  private let grades: Grades
  private let references: [Feature: ReferenceRange]

  /// Puts the parts of a calibration together.
  public init(
    intercept: Double, terms: [Term], link: Link, calibration: PiecewiseLinear, lower90: PiecewiseLinear,
    grades: Grades, references: [Feature: ReferenceRange]
  ) {
    (self.intercept, self.terms, self.link) = (intercept, terms, link)
    (self.calibration, self.lower90) = (calibration, lower90)
    (self.grades, self.references) = (grades, references)
  }

  /// The checks of the input with this bundle's ranges.
  public var inputChecks: InputChecks { InputChecks(references: references) }

  /// The prediction for a run. Without a mask there is none: `estimate` and `lower90` are nil.
  public func confidence(of features: RunFeatures, findings: [InputFinding]) -> Confidence {
    guard features[.volume] != nil else {
      return Confidence(
        estimate: nil, lower90: nil, grade: .none,
        reasons: [.init(code: "nothing-found", sentence: "Nothing was found, so there is no mask to judge.")]
          + findings.map { .init(code: $0.feature.rawValue, sentence: $0.sentence) })
    }
    let all = DerivedFeatures.adding(to: features, references: references, findings: findings)
    let score = terms.reduce(intercept) { $0 + $1.weight * $1.share(of: all[$1.feature] ?? $1.usual) }
    let calibrated = min(max(calibration(link(score)), 0), 1)
    let estimate = min(calibrated, all[.volumePlausibility] ?? 1)
    let lower = min(max(lower90(estimate), 0), estimate)
    return Confidence(
      estimate: estimate, lower90: lower, grade: grade(estimate, findings: findings),
      reasons: reasons(all, findings: findings, isCapped: estimate < calibrated))
  }

  private func grade(_ estimate: Double, findings: [InputFinding]) -> Confidence.Grade {
    guard estimate >= grades.moderate else { return .low }
    return estimate >= grades.high && findings.isEmpty ? .high : .moderate
  }

  /// At most this many measurements are named, beside the findings and the volume.
  private static let mostReasons = 4

  private func reasons(
    _ all: RunFeatures, findings: [InputFinding], isCapped: Bool
  ) -> [Confidence.Reason] {
    var reasons = findings.map { Confidence.Reason(code: $0.feature.rawValue, sentence: $0.sentence) }
    if isCapped, let volume = all[.volume], let reference = references[.volume] {
      reasons.append(
        .init(code: Feature.volume.rawValue, sentence: Feature.volume.sentence(finding: volume, usual: reference)))
    }
    let named = Set(reasons.map(\.code))
    let losses = terms.compactMap { term -> (loss: Double, reason: Confidence.Reason)? in
      guard let value = all[term.feature], term.isWorseThanUsual(value), term.feature != .inputFindings,
        !named.contains(term.feature.rawValue)
      else { return nil }
      let loss = term.weight * (term.share(of: term.usual) - term.share(of: value))
      guard loss > 0 else { return nil }
      return (
        loss,
        .init(
          code: term.feature.rawValue,
          sentence: term.feature.sentence(unusual: value, usual: term.usualRange))
      )
    }
    reasons += losses.sorted { $0.loss > $1.loss }.prefix(Self.mostReasons).map(\.reason)
    guard reasons.isEmpty else { return reasons }
    return [.init(code: "nothing-unusual", sentence: "Every measurement lies where it lies in good results.")]
  }
}
