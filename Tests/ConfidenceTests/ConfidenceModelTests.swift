import Testing

@testable import Confidence

@Suite struct ConfidenceModelTests {
  /// The whole prediction by hand: score = -2 + 4 * 0.5 + 2 * 1 = 2, link 1 / (1 + e^-2) = 0.880797, and the curves.
  @Test func predictionFollowsTheFormula() throws {
    let run = features([.viewAgreementMean: 0.55, .entropy: 0.1])
    let confidence = try ModelParts().model().confidence(of: run, findings: [])
    let linked = 0.8807970779778823
    let estimate = 0.4 + (linked - 0.5) / 0.5 * 0.55
    let lower = 0.2 + (estimate - 0.5) / 0.5 * 0.7
    #expect(abs(try #require(confidence.estimate) - estimate) < 1e-12)
    #expect(abs(try #require(confidence.lower90) - lower) < 1e-12)
    #expect(confidence.grade == .high)
  }

  @Test func valuesOutsideTheClampCountAsItsEnds() throws {
    let model = try ModelParts().model()
    let inside = model.confidence(of: features([.viewAgreementMean: 0.9, .entropy: 0.1]), findings: [])
    let outside = model.confidence(of: features([.viewAgreementMean: 1, .entropy: 0]), findings: [])
    #expect(inside.estimate == outside.estimate)
  }

  @Test func absentFeatureCountsAsAUsualOne() throws {
    let model = try ModelParts().model()
    let absent = model.confidence(of: features([.viewAgreementMean: 0.6]), findings: [])
    let usual = model.confidence(of: features([.viewAgreementMean: 0.6, .entropy: 0.4]), findings: [])
    #expect(absent == usual)
    #expect(model.confidence(of: features([.viewAgreementMean: 0.6, .entropy: .nan]), findings: []) == absent)
  }

  /// Random tables, random runs, one feature made better: nothing may fall, and the bound stays below the estimate.
  @Test func aBetterFeatureNeverLowersThePrediction() throws {
    var generator = Seeded(7)
    for round in 0..<150 {
      let parts = try ModelParts(random: &generator)
      let model = try parts.model()
      var run = RunFeatures()
      for feature in Feature.allCases { run[feature] = Double.random(in: -1.5...1.5, using: &generator) }
      run[.volume] = Double.random(in: 1...400, using: &generator)
      var seen = [model.confidence(of: run, findings: [])]
      // The mask's volume, border and HU are no better or worse by themselves; the derived features are.
      for term in parts.terms where ![.volume, .borderContact, .hounsfieldMean].contains(term.feature) {
        for _ in 0..<4 {
          let step = Double.random(in: 0...0.5, using: &generator)
          run[term.feature] = (run[term.feature] ?? 0) + (term.best > term.worst ? step : -step)
          seen.append(model.confidence(of: run, findings: []))
        }
      }
      let estimates = seen.map { $0.estimate ?? .nan }
      let bounds = seen.map { $0.lower90 ?? .nan }
      #expect(zip(estimates, estimates.dropFirst()).allSatisfy { $0 <= $1 }, "round \(round): \(estimates)")
      #expect(zip(bounds, bounds.dropFirst()).allSatisfy { $0 <= $1 }, "round \(round): \(bounds)")
      #expect(zip(bounds, estimates).allSatisfy { 0 <= $0 && $0 <= $1 && $1 <= 1 })
    }
  }

  @Test func volumesOutsideTheReferenceCapTheEstimateByTheDSCTheyAllow() throws {
    var parts = try ModelParts()
    parts.references = [.volume: ReferenceRange(low: 40, high: 200)]
    let model = try parts.model()
    let good: [Feature: Double] = [.viewAgreementMean: 0.9, .entropy: 0.1]
    func estimate(_ volume: Double, border: Double = 0) throws -> Double {
      var run = features(good)
      (run[.volume], run[.borderContact]) = (volume, border)
      return try #require(model.confidence(of: run, findings: []).estimate)
    }
    #expect(try abs(estimate(10) - 2 * 10 / (10 + 40)) < 1e-12)
    #expect(try abs(estimate(600) - 2 * 200 / (600 + 200)) < 1e-12)
    #expect(try estimate(40) == estimate(100))
    #expect(try estimate(10, border: 0.01) == estimate(100), "a cut organ may be small")
    let volumes = [200.0, 300, 500, 900, 5000]
    let estimates = try volumes.map { try estimate($0) }
    #expect(zip(estimates, estimates.dropFirst()).allSatisfy { $0 >= $1 })
    var small = features(good)
    small[.volume] = 10
    let reasons = model.confidence(of: small, findings: []).reasons
    #expect(
      reasons.first?.sentence
        == "The volume is unusual for this organ: volume 10 mL (usually 40 to 200).", "\(reasons)")
  }

  @Test func nothingFoundHasNoEstimate() throws {
    var run = features([.viewAgreementMean: 0.9])
    run[.volume] = nil
    let confidence = try ModelParts().model().confidence(of: run, findings: [])
    #expect(confidence.estimate == nil && confidence.lower90 == nil && confidence.grade == .none)
    #expect(confidence.reasons.map(\.code) == ["nothing-found"])
  }

  /// A normal patient whose spine lies a little less far back must not be told that the image is upside down.
  @Test func unusualPlaceOfTheSpineRaisesNoAlarmUnlessItIsAFinding() throws {
    var parts = try ModelParts()
    parts.terms = [try term(.bonePosterior, worst: 0.3, best: 0.9, weight: 4, usual: 0.64)]
    let reasons = try parts.model().confidence(of: features([.bonePosterior: 0.59]), findings: []).reasons
    #expect(reasons.map(\.sentence) == ["Bone lies less far back than usual: place 0.59 (usually above 0.64)."])
  }

  @Test func reasonsNameWhatIsWorseThanUsualTheWeightiestFirst() throws {
    let run = features([.viewAgreementMean: 0.41, .entropy: 1.5])
    let reasons = try ModelParts().model().confidence(of: run, findings: []).reasons
    #expect(
      reasons.map(\.sentence) == [
        "The three views disagree: mean DSC 0.41 (usually above 0.80).",
        "Many voxels are undecided: entropy 1.50 a voxel of the mask (usually below 0.40).",
      ])
    let good = try ModelParts().model().confidence(
      of: features([.viewAgreementMean: 0.85, .entropy: 0.2]), findings: [])
    #expect(good.reasons.map(\.code) == ["nothing-unusual"])
  }

  @Test func aDoubtfulInputIsNeverGradedHigh() throws {
    let run = features([.viewAgreementMean: 0.9, .entropy: 0.1])
    let finding = InputFinding(kind: .orientation, feature: .bonePosterior, sentence: "Turned.")
    let model = try ModelParts().model()
    #expect(model.confidence(of: run, findings: []).grade == .high)
    let doubtful = model.confidence(of: run, findings: [finding])
    #expect(doubtful.grade == .moderate && doubtful.reasons.first?.sentence == "Turned.")
    #expect(model.confidence(of: features([.viewAgreementMean: 0.2, .entropy: 2]), findings: []).grade == .low)
  }

  @Test func doubtsAboutTheInputCountAsAFeature() throws {
    var parts = try ModelParts()
    parts.terms.append(try term(.inputFindings, worst: 2, best: 0, weight: 3, usual: 0))
    let model = try parts.model()
    let run = features([.viewAgreementMean: 0.7, .entropy: 0.3])
    let kinds: [InputFinding.Kind] = [.orientation, .orientation, .slices]
    let findings = kinds.map { InputFinding(kind: $0, feature: .sliceJump, sentence: "") }
    let estimates = try (0...3).map {
      try #require(model.confidence(of: run, findings: Array(findings[..<$0])).estimate)
    }
    #expect(estimates[0] > estimates[1] && estimates[1] == estimates[2] && estimates[2] > estimates[3])
  }

  @Test func termsThatCannotBeUsedAreNotMade() {
    #expect(ConfidenceModel.Term(feature: .noise, worst: 1, best: 1, weight: 1, usual: 1) == nil)
    #expect(ConfidenceModel.Term(feature: .noise, worst: 0, best: 1, weight: -1, usual: 1) == nil)
    #expect(ConfidenceModel.Term(feature: .noise, worst: .nan, best: 1, weight: 1, usual: 1) == nil)
  }
}

@Suite struct PiecewiseLinearTests {
  @Test func knotsAreMetAndLinesLieBetween() throws {
    let curve = try curve([(0, 0.1), (1, 0.5), (3, 0.5), (4, 0.9)])
    for (x, y) in [(-1, 0.1), (0, 0.1), (0.5, 0.3), (1, 0.5), (2, 0.5), (3.5, 0.7), (4, 0.9), (9, 0.9)] {
      #expect(abs(curve(x) - y) < 1e-12, "\(x)")
    }
    #expect(curve(-.infinity) == 0.1 && curve(.infinity) == 0.9)
  }

  @Test func curvesThatFallOrStandStillAlongXAreRefused() {
    typealias Knot = PiecewiseLinear.Knot
    #expect(PiecewiseLinear(knots: []) == nil)
    #expect(PiecewiseLinear(knots: [Knot(x: 0, y: 1), Knot(x: 1, y: 0)]) == nil)
    #expect(PiecewiseLinear(knots: [Knot(x: 0, y: 0), Knot(x: 0, y: 1)]) == nil)
    #expect(PiecewiseLinear(knots: [Knot(x: .nan, y: 0)]) == nil)
  }
}

@Suite struct WordsTests {
  @Test(arguments: [
    (0.405, 2, "0.41"), (-0.004, 2, "0.00"), (-1.5, 1, "-1.5"), (12.0, 0, "12"), (0.05, 1, "0.1"),
    (1234.5678, 3, "1234.568"),
  ])
  func numbersHaveTheirDigits(_ value: Double, _ digits: Int, _ text: String) {
    #expect(value.decimal(digits: digits) == text)
  }

  @Test func everyFeatureHasASentence() {
    for feature in Feature.allCases {
      let sentence = feature.sentence(finding: 1, usual: ReferenceRange(low: 2, high: 3))
      #expect(sentence.hasSuffix(").") && sentence.contains(": "), "\(sentence)")
    }
  }
}
