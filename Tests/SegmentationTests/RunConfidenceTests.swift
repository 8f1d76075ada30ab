import Confidence
import Foundation
import ModelBundle
import Testing
import Volumes

@testable import Segmentation

/// What a run says about its own mask.
@Suite struct RunConfidenceTests {
  static let table = Manifest.Confidence(
    note: "made for tests", cases: 10, intercept: 0,
    terms: [.init(feature: "view_agreement_mean", worst: 0, best: 1, weight: 1, usual: 0.8)], link: .identity,
    calibration: [[0, 0.1], [1, 0.9]], lower90: [[0, 0], [1, 0.7]], grades: .init(high: 0.8, moderate: 0.6),
    references: [.init(feature: "volume_ml", low: 0.1, high: 1)])

  private func trace(_ result: SegmentationResult) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(result.traceJSON.utf8)) as? [String: Any])
  }

  @Test func bundleWithATablePredictsAndSetsNoFlagForIt() throws {
    var bundle = ThresholdBundle()
    bundle.confidence = Self.table
    let result = try bundle.segmenter().result(of: BoxVolume().volume)
    let confidence = try #require(result.confidence)
    #expect(confidence.estimate == 0.9 && confidence.lower90 == 0.63 && confidence.grade == .high)
    #expect(result.flags == [.unsignedBundle])
    let record = try #require(try trace(result)["confidence"] as? [String: Any])
    #expect(record["estimate"] as? Double == 0.9 && record["grade"] as? String == "high")
    let reasons = try #require(record["reasons"] as? [[String: String]])
    #expect(reasons.map { $0["code"] } == ["nothing-unusual"])
  }

  /// The features are in every trace: a calibration is made from runs of bundles that have none yet.
  @Test func bundleWithoutATableMeasuresAllTheSame() throws {
    let result = try ThresholdBundle().segmenter().result(of: BoxVolume().volume)
    #expect(result.confidence == nil && result.flags.contains(.noConfidence))
    let trace = try trace(result)
    #expect(trace["confidence"] == nil)
    let features = try #require(trace["confidence_features"] as? [String: Double])
    #expect(features["view_agreement_mean"] == 1 && features["unanimity"] == 1 && features["coarse_fine_dsc"] == 1)
    #expect(features["volume_ml"].map { abs($0 - 0.28) < 1e-12 } == true && features["hu_mean"] == 800)
    #expect(features["rounds"] == 1 && features["last_round_dsc"] == 1 && features["largest_component"] == 1)
    #expect(features["extent_along_mm"] == 16 && features["body_width_mm"] == nil)
    #expect(Set(features.keys).isSubset(of: Feature.allCases.map(\.rawValue)))
    let checks = try #require(trace["input_checks"] as? [String: [Any]])
    #expect(checks["findings"]?.isEmpty == true && checks["not_judged"]?.count == 3)
  }

  @Test func lowEstimateIsFlagged() throws {
    var bundle = ThresholdBundle()
    bundle.confidence = Self.table
    bundle.confidence?.calibration = [[0, 0.1], [1, 0.5]]
    let result = try bundle.segmenter().result(of: BoxVolume().volume)
    #expect(result.confidence?.grade == .low && result.flags == [.unsignedBundle, .lowConfidence])
  }

  @Test func volumeFarOutsideTheReferenceIsAReason() throws {
    var bundle = ThresholdBundle()
    bundle.confidence = Self.table
    bundle.confidence?.references[0] = .init(feature: "volume_ml", low: 2.52, high: 5)
    let result = try bundle.segmenter().result(of: BoxVolume().volume)
    // 2 * 0.28 / (0.28 + 2.52)
    #expect(abs(try #require(result.confidence?.estimate) - 0.2) < 1e-9)
    #expect(result.confidence?.reasons.first?.code == "volume_ml")
  }

  @Test func emptyResultHasNoEstimateAndSaysSo() throws {
    var bundle = ThresholdBundle()
    bundle.confidence = Self.table
    let result = try bundle.segmenter().result(of: BoxVolume(box: nil).volume)
    #expect(result.confidence?.grade == Confidence.Grade.none && result.confidence?.estimate == nil)
    #expect(!result.flags.contains(.noConfidence) && !result.flags.contains(.lowConfidence))
    #expect(result.confidence?.reasons.map(\.code) == ["nothing-found"])
  }

  @Test func unknownFeatureIsRefusedWhenTheBundleIsOpened() throws {
    var bundle = ThresholdBundle()
    bundle.confidence = Self.table
    bundle.confidence?.terms[0].feature = "phase_of_the_moon"
    let error = #expect(throws: SegmentationError.self) { _ = try bundle.segmenter() }
    #expect(error?.code == .bundleManifest && error?.description.contains("phase_of_the_moon") == true)
    bundle.confidence = Self.table
    bundle.confidence?.references[0].feature = "phase_of_the_moon"
    #expect(throws: SegmentationError.self) { _ = try bundle.segmenter() }
  }

  /// The features are those of the plain probability, so that table and temperatures can be found in any order.
  @Test func temperatureChangesTheProbabilityAlone() throws {
    let example = try BoxVolume(background: 450)
    let plain = try ThresholdBundle().segmenter().result(of: example.volume)
    var bundle = ThresholdBundle()
    bundle.temperature = 4
    let tempered = try bundle.segmenter().result(of: example.volume)
    #expect(tempered.mask == plain.mask && tempered.flags == plain.flags)
    #expect(tempered.probability != plain.probability)
    let features = try [plain, tempered].map { try #require(try trace($0)["confidence_features"] as? [String: Double]) }
    #expect(features[0] == features[1])
    bundle.temperature = 1
    #expect(try bundle.segmenter().result(of: example.volume).probability == plain.probability)
  }
}
