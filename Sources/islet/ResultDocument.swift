import Foundation
import Glibc
import HostClient
import ImageFiles
import Volumes

/// result.json: one run for programs to read. Field names and order as docs/result.md lists them.
struct ResultDocument: Encodable {
  /// Predicted DSC; left out without a calibration in the bundle.
  struct PredictedDice: Encodable {
    let estimate: Double
    let lower90: Double

    enum CodingKeys: String, CodingKey {
      case estimate
      case lower90 = "lower_90"
    }
  }

  /// Where the run started in place of the coarse pass.
  struct Start: Encodable {
    let kind: String
    /// The first and the last voxel of its smallest box along x, y, z, both inside.
    let first: [Int], last: [Int]
    let voxels: Int

    init(_ region: InitialRegion) {
      let box = region.enclosingBox
      (kind, voxels) = (region.kind, region.voxels)
      first = [box.x, box.y, box.z].map(\.lowerBound)
      last = [box.x, box.y, box.z].map { $0.upperBound - 1 }
    }
  }

  /// Where the CT came from.
  struct Input: Encodable {
    let format: String
    let source: String
    let notes: [String]
  }

  /// Versions of the parts.
  struct Versions: Encodable {
    let islet: String
    let plugin: String
    let interface: String
  }

  /// Wall times.
  struct Seconds: Encodable {
    var read: Double
    var load: Double
    var prepare: Double
    var coarse: Double
    var fine: Double
    var finish: Double
    var write = 0.0
  }

  let schema = "org.islet.result/1"
  let status: String
  let end: String
  let rounds: [RunTrace.Round]
  let coarse: RunTrace.Coarse
  let initialRegion: Start?
  let label: RunTrace.Label
  let voxels: Int
  let volumeMillilitres: Double
  let predictedDice: PredictedDice?
  let confidence: RunTrace.Confidence?
  let features: [String: Double]?
  let inputChecks: RunTrace.InputChecks?
  let viewAgreement: RunTrace.Agreement?
  let flags: [String]
  let input: Input
  let geometry: RunTrace.Grid
  let workingGrid: RunTrace.Grid
  let profile: RunTrace.Profile
  let bundle: RunTrace.Bundle
  let quality: String?
  let precision: String
  let precisionReason: String?
  let threads: Int
  var seconds: Seconds
  let peakBytes: Int
  let versions: Versions
  let researchUse = "Research use only, not for diagnosis."

  enum CodingKeys: String, CodingKey {
    case schema, status, end, rounds, coarse, label, voxels, flags, input, geometry, profile, bundle, quality, precision
    case initialRegion = "initial_region"
    case precisionReason = "precision_reason"
    case threads, seconds, versions, confidence
    case features = "confidence_features"
    case inputChecks = "input_checks"
    case volumeMillilitres = "volume_ml"
    case predictedDice = "predicted_dsc"
    case viewAgreement = "view_agreement"
    case workingGrid = "working_grid"
    case peakBytes = "peak_bytes"
    case researchUse = "research_use"
  }

  init(_ outcome: SegmentationSession.Outcome, readSeconds: Double, input: LoadedImage, anonymous: Bool) {
    let trace = outcome.trace
    let summary = outcome.segmentation.summary
    status = trace.end == "empty" ? "empty" : "ok"
    end = trace.end
    rounds = trace.rounds
    coarse = trace.coarse
    initialRegion = outcome.initialRegion.map(Start.init)
    label = trace.label
    voxels = summary.voxels
    volumeMillilitres = summary.volumeMillilitres
    predictedDice =
      summary.predictedDice.isNaN
      ? nil : PredictedDice(estimate: summary.predictedDice, lower90: summary.predictedDiceLower)
    confidence = trace.confidence
    features = trace.features
    inputChecks = trace.inputChecks
    viewAgreement = trace.viewAgreement
    flags = summary.flagNames
    // Notes may hold file names and series descriptions.
    let notes =
      anonymous && !input.notes.isEmpty ? ["notes on the input: \(input.notes.count), left out"] : input.notes
    self.input = Input(format: input.format.rawValue, source: input.source, notes: notes)
    geometry = trace.geometry
    workingGrid = trace.workingGrid
    profile = trace.profile
    bundle = trace.bundle
    (quality, precision, precisionReason) = (trace.quality, trace.precision, trace.precisionReason)
    threads = trace.threads
    seconds = Seconds(
      read: readSeconds, load: trace.seconds.load, prepare: trace.seconds.prepare, coarse: trace.seconds.coarse,
      fine: trace.seconds.fine, finish: trace.seconds.finish)
    peakBytes = max(Self.peakResidentBytes(), trace.peakBytes ?? 0)
    versions = Versions(islet: harnessVersion, plugin: outcome.pluginVersion, interface: outcome.interfaceVersion)
  }

  /// The document as indented text with sorted keys and a final line break.
  func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self) + Data("\n".utf8)
  }

  /// The closing line of the command.
  func sentence(folder: String) -> String {
    let volume = String(format: "%.1f", volumeMillilitres)
    let convergence = rounds.last.map { String(format: ", d(%d) = %.3f", $0.round, $0.diceToPrevious) } ?? ""
    let count = rounds.count == 1 ? "1 round" : "\(rounds.count) rounds"
    return "\(label.name): \(volume) mL, \(end) after \(count)\(convergence); results in \(folder) "
      + "(research use only, not for diagnosis)"
  }

  /// Largest resident memory of this process so far, bytes.
  private static func peakResidentBytes() -> Int {
    var usage = rusage()
    guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
    return usage.ru_maxrss * 1024
  }
}
