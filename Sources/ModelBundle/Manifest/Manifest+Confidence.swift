extension Manifest {
  /// The calibration that turns a run's features into a predicted DSC; docs/confidence.md says how it is made.
  ///
  /// score = intercept + sum over terms of weight * share; estimate = calibration(link(score)); bound = lower_90(estimate).
  public struct Confidence: Codable, Hashable, Sendable {
    /// One feature's part in the score.
    public struct Term: Codable, Hashable, Sendable {
      /// Name of the feature, as in traces.
      public var feature: String
      /// Its value that counts 0.
      public var worst: Double
      /// Its value that counts 1; may lie on either side of `worst`.
      public var best: Double
      /// What the way from worst to best adds to the score, at least 0.
      public var weight: Double
      /// The border of what is usual in good results.
      public var usual: Double

      /// Makes a term.
      public init(feature: String, worst: Double, best: Double, weight: Double, usual: Double) {
        (self.feature, self.worst, self.best) = (feature, worst, best)
        (self.weight, self.usual) = (weight, usual)
      }
    }

    /// How the score becomes the argument of the calibration curve.
    public enum Link: String, Codable, CaseIterable, Hashable, Sendable {
      /// As it is.
      case identity
      /// 1 / (1 + exp(-score)).
      case logistic
    }

    /// From which estimates on a result is called high or moderate.
    public struct Grades: Codable, Hashable, Sendable {
      /// High from here on.
      public var high: Double
      /// Moderate from here on, low below.
      public var moderate: Double

      /// Makes the two limits.
      public init(high: Double, moderate: Double) { (self.high, self.moderate) = (high, moderate) }
    }

    /// Where a feature usually lies; one end may be nil.
    public struct Reference: Codable, Hashable, Sendable {
      /// Name of the feature, as in traces.
      public var feature: String
      /// Smallest usual value.
      public var low: Double?
      /// Largest usual value.
      public var high: Double?

      /// Makes a range.
      public init(feature: String, low: Double? = nil, high: Double? = nil) {
        (self.feature, self.low, self.high) = (feature, low, high)
      }
    }

    /// On which cases it was calibrated, and what it cannot know.
    public var note: String
    /// Number of cases.
    public var cases: Int
    /// The score without any term.
    public var intercept: Double
    /// The features that count.
    public var terms: [Term]
    /// From score to the curve's argument.
    public var link: Link
    /// Knots [argument, estimate] of the calibration curve, straight lines between them.
    public var calibration: [[Double]]
    /// Knots [estimate, lower bound that nine of ten cases keep].
    public var lower90: [[Double]]
    /// When a result is called high or moderate.
    public var grades: Grades
    /// What is usual, for the checks of image and mask.
    public var references: [Reference]

    enum CodingKeys: String, CodingKey {
      case note, cases, intercept, terms, link, calibration, grades, references
      case lower90 = "lower_90"
    }

    /// Makes a calibration; writer and reader check it.
    public init(
      note: String, cases: Int, intercept: Double, terms: [Term], link: Link, calibration: [[Double]],
      lower90: [[Double]], grades: Grades, references: [Reference]
    ) {
      (self.note, self.cases, self.intercept, self.terms) = (note, cases, intercept, terms)
      (self.link, self.calibration, self.lower90) = (link, calibration, lower90)
      (self.grades, self.references) = (grades, references)
    }
  }
}

extension Manifest.Confidence {
  /// The first contradiction in the table, nil when there is none. Whether the features are known, the plugin says.
  var flaw: String? {
    guard cases > 0 else { return "cases must be positive" }
    guard (1...64).contains(terms.count) else { return "terms: \(terms.count) terms, expected 1 to 64" }
    guard Set(terms.map(\.feature)).count == terms.count, terms.allSatisfy({ Manifest.isIdentifier($0.feature) })
    else { return "terms: each needs another feature, named by letters, digits and '_'" }
    let numbers = terms.flatMap { [$0.worst, $0.best, $0.weight, $0.usual] } + [intercept]
    guard numbers.allSatisfy({ $0.isFinite && abs($0) <= 1e9 }) else { return "intercept and terms must be finite" }
    guard terms.allSatisfy({ $0.weight >= 0 }) else { return "terms: weights must not be negative" }
    guard terms.allSatisfy({ $0.worst != $0.best }) else { return "terms: worst and best must differ" }
    if let flaw = Self.flaw(ofKnots: calibration, named: "calibration", arguments: -1e9...1e9) { return flaw }
    if let flaw = Self.flaw(ofKnots: lower90, named: "lower_90", arguments: 0...1) { return flaw }
    guard lower90.allSatisfy({ $0[1] <= $0[0] }) else { return "lower_90: a bound lies above its estimate" }
    guard (0...1).contains(grades.moderate), (grades.moderate...1).contains(grades.high) else {
      return "grades: moderate and high must be in 0...1, in this order"
    }
    guard references.count <= 64, Set(references.map(\.feature)).count == references.count,
      references.allSatisfy({ Manifest.isIdentifier($0.feature) })
    else { return "references: at most 64, each with another feature, named by letters, digits and '_'" }
    for reference in references {
      guard [reference.low, reference.high].compactMap({ $0 }).allSatisfy({ $0.isFinite }) else {
        return "references: \(quoted(reference.feature)) must be finite"
      }
      if let low = reference.low, let high = reference.high, low > high {
        return "references: \(quoted(reference.feature)) is not in order"
      }
      if reference.low == nil, reference.high == nil {
        return "references: \(quoted(reference.feature)) needs low or high"
      }
    }
    return nil
  }

  private static func flaw(ofKnots knots: [[Double]], named name: String, arguments: ClosedRange<Double>) -> String? {
    guard (1...64).contains(knots.count), knots.allSatisfy({ $0.count == 2 }) else {
      return "\(name): expected 1 to 64 pairs of numbers"
    }
    guard knots.allSatisfy({ arguments.contains($0[0]) && (0...1).contains($0[1]) }) else {
      return "\(name): a number is out of range"
    }
    guard zip(knots, knots.dropFirst()).allSatisfy({ $0[0] < $1[0] && $0[1] <= $1[1] }) else {
      return "\(name): arguments must rise and values must not fall"
    }
    return nil
  }
}
