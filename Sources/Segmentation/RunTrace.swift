import CoarseToFine
import FoundationEssentials
import ModelBundle
import Volumes

/// A run in detail, as `trace` gives it: JSON with sorted keys, so that equal runs give equal text but for the times.
struct RunTrace: Encodable {
  /// Wall times of the steps.
  struct Seconds: Encodable {
    var load = 0.0
    var prepare = 0.0
    var coarse = 0.0
    var fine = 0.0
    var finish = 0.0
  }

  /// Pairwise DSC of the three views.
  struct Agreement: Encodable {
    let coronalSagittal: Double
    let coronalAxial: Double
    let sagittalAxial: Double
    let mean: Double

    init(_ agreement: ViewAgreement) {
      coronalSagittal = agreement.coronalSagittal
      coronalAxial = agreement.coronalAxial
      sagittalAxial = agreement.sagittalAxial
      mean = agreement.mean
    }

    enum CodingKeys: String, CodingKey {
      case mean
      case coronalSagittal = "coronal_sagittal"
      case coronalAxial = "coronal_axial"
      case sagittalAxial = "sagittal_axial"
    }
  }

  /// The coarse pass: Z(0).
  struct Coarse: Encodable {
    let voxels: Int
    let slicesComputed: Int
    let viewAgreement: Agreement?

    enum CodingKeys: String, CodingKey {
      case voxels
      case slicesComputed = "slices_computed"
      case viewAgreement = "view_agreement"
    }
  }

  /// The algorithm's settings after the request's overrides.
  struct Profile: Encodable {
    let margin: Int
    let threshold: Double
    let stop: String
    let maximumRounds: Int
    let coarseFusion: String, fineFusion: String
    let componentRatio: Double?

    init(_ profile: CoarseToFine.Profile) {
      margin = profile.margin
      threshold = profile.threshold
      stop = profile.stopComparison.rawValue
      maximumRounds = profile.maximumRounds
      (coarseFusion, fineFusion) = (profile.coarseFusion.rawValue, profile.fineFusion.rawValue)
      componentRatio = profile.componentRatio
    }

    enum CodingKeys: String, CodingKey {
      case margin, threshold, stop
      case maximumRounds = "maximum_rounds"
      case coarseFusion = "coarse_fusion"
      case fineFusion = "fine_fusion"
      case componentRatio = "component_ratio"
    }
  }

  /// A grid of voxels in the patient.
  struct Grid: Encodable {
    let size: [Int]
    let spacing: [Double]
    let origin: [Double]
    let direction: [[Double]]

    init(_ geometry: VolumeGeometry) {
      size = [geometry.size.x, geometry.size.y, geometry.size.z]
      spacing = [geometry.spacing.x, geometry.spacing.y, geometry.spacing.z]
      origin = [geometry.origin.x, geometry.origin.y, geometry.origin.z]
      direction = geometry.direction.map { [$0.x, $0.y, $0.z] }
    }

    enum CodingKeys: String, CodingKey {
      case size
      case spacing = "spacing_mm"
      case origin = "origin_lps_mm"
      case direction = "direction_lps"
    }
  }

  /// Which weights were used, and the key that signed them; nil when no trusted key did.
  struct Bundle: Encodable {
    let name: String
    let version: String
    let sha256: String
    let signedBy: String?

    init(_ bundle: BundleReader, _ provenance: BundleProvenance) {
      name = bundle.manifest.name
      version = bundle.manifest.version
      sha256 = bundle.sha256
      signedBy = provenance.signedBy
    }

    enum CodingKeys: String, CodingKey {
      case version, sha256
      case name = "id"
      case signedBy = "signed_by"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(version, forKey: .version)
      try container.encode(sha256, forKey: .sha256)
      // A reader should see that nobody signed, not miss a field.
      try container.encode(signedBy, forKey: .signedBy)
    }
  }

  /// The organ that was segmented.
  struct Label: Encodable {
    let value: Int
    let name: String
  }

  let schema = "org.islet.trace/1"
  let end: String
  let rounds: [RoundRecord]
  let coarse: Coarse
  let viewAgreement: Agreement?
  let flags: [String]
  let voxels: Int
  let volumeMillilitres: Double
  let features: [String: Double]
  let inputChecks: InputCheckRecord
  let confidence: ConfidenceRecord?
  let label: Label
  let profile: Profile
  let geometry: Grid
  let workingGrid: Grid
  let bundle: Bundle
  let quality: String
  let precision: String
  /// Why this precision, when the plugin chose it.
  let precisionReason: String?
  let threads: Int
  /// Largest resident memory of the process that computed, over its whole life, bytes; 0 where the system does not say.
  let peakBytes = ProcessMemory.peakBytes
  let seconds: Seconds
  let researchUse = "Research use only, not for diagnosis."

  enum CodingKeys: String, CodingKey {
    case schema, end, rounds, coarse, flags, voxels, label, profile, geometry, bundle, quality, precision, threads
    case seconds
    case confidence
    case precisionReason = "precision_reason"
    case features = "confidence_features"
    case inputChecks = "input_checks"
    case viewAgreement = "view_agreement"
    case volumeMillilitres = "volume_ml"
    case workingGrid = "working_grid"
    case peakBytes = "peak_bytes"
    case researchUse = "research_use"
  }

  /// The trace as text.
  func json() throws(SegmentationError) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      throw SegmentationError(code: .internal, description: "the trace cannot be written as JSON: \(error)")
    }
  }
}
