import Confidence
import Testing

/// Numbers that look random and are the same on every run (SplitMix64).
struct Seeded: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// A calibration as it comes from `calibrate.py`, in its parts.
struct ModelParts {
  var intercept = -2.0
  var terms: [ConfidenceModel.Term]
  var link = ConfidenceModel.Link.logistic
  var calibration: [(Double, Double)] = [(0, 0), (0.5, 0.4), (1, 0.95)]
  var lower90: [(Double, Double)] = [(0, 0), (0.5, 0.2), (1, 0.9)]
  var grades = ConfidenceModel.Grades(high: 0.8, moderate: 0.6)
  var references: [Feature: ReferenceRange] = [:]

  init() throws {
    terms = [
      try term(.viewAgreementMean, worst: 0.2, best: 0.9, weight: 4, usual: 0.8),
      try term(.entropy, worst: 2, best: 0.1, weight: 2, usual: 0.4),
    ]
  }

  /// A model of random terms, curves and ranges.
  init(random generator: inout Seeded) throws {
    try self.init()
    func any(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &generator) }
    terms = try Feature.allCases.shuffled(using: &generator).prefix(8).map { feature in
      let worst = any(-1...1)
      let way = any(0.1...1) * (Bool.random(using: &generator) ? 1 : -1)
      return try term(feature, worst: worst, best: worst + way, weight: any(0...3), usual: any(-1...1))
    }
    intercept = any(-6...0)
    link = Bool.random(using: &generator) ? .logistic : .identity
    let heights = (0..<6).map { _ in any(0...1) }.sorted()
    calibration = heights.enumerated().map { (Double($0) / 5, $1) }
    lower90 = heights.enumerated().map { (Double($0) / 5, $1 * 0.8) }
    references = [.volume: ReferenceRange(low: any(10...50), high: any(60...200))]
  }

  func model() throws -> ConfidenceModel {
    ConfidenceModel(
      intercept: intercept, terms: terms, link: link, calibration: try curve(calibration), lower90: try curve(lower90),
      grades: grades, references: references)
  }
}

func term(
  _ feature: Feature, worst: Double, best: Double, weight: Double, usual: Double
) throws -> ConfidenceModel.Term {
  try #require(ConfidenceModel.Term(feature: feature, worst: worst, best: best, weight: weight, usual: usual))
}

func curve(_ knots: [(Double, Double)]) throws -> PiecewiseLinear {
  try #require(PiecewiseLinear(knots: knots.map { .init(x: $0.0, y: $0.1) }))
}

/// Features by value, for a mask of 80 mL unless given.
func features(_ values: [Feature: Double]) -> RunFeatures {
  var features = RunFeatures()
  features[.volume] = 80
  for (feature, value) in values { features[feature] = value }
  return features
}
