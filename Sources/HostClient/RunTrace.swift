import Foundation

/// The last run in detail, as `trace` of islet.h gives it.
public struct RunTrace: Decodable, Hashable, Sendable {
  /// One fine round.
  public struct Round: Codable, Hashable, Sendable {
    /// Counted from 1.
    public let round: Int
    /// d(t).
    public let diceToPrevious: Double
    /// Voxels of the mask on the working grid.
    public let voxels: Int
    /// Slices that went through a network.
    public let slicesComputed: Int
    /// Slices whose output was kept because their box had not changed.
    public let slicesReused: Int
    /// Wall time.
    public let seconds: Double

    enum CodingKeys: String, CodingKey {
      case round, voxels, seconds
      case diceToPrevious = "dsc_to_previous"
      case slicesComputed = "slices_computed"
      case slicesReused = "slices_reused"
    }
  }

  /// Pairwise DSC of the three views.
  public struct Agreement: Codable, Hashable, Sendable {
    /// Coronal against sagittal.
    public let coronalSagittal: Double
    /// Coronal against axial.
    public let coronalAxial: Double
    /// Sagittal against axial.
    public let sagittalAxial: Double
    /// Mean of the three.
    public let mean: Double

    enum CodingKeys: String, CodingKey {
      case mean
      case coronalSagittal = "coronal_sagittal"
      case coronalAxial = "coronal_axial"
      case sagittalAxial = "sagittal_axial"
    }
  }

  /// The coarse pass.
  public struct Coarse: Codable, Hashable, Sendable {
    /// Voxels of Z(0) on the working grid.
    public let voxels: Int
    /// Slices of the three views together.
    public let slicesComputed: Int
    /// Agreement of the coarse views.
    public let viewAgreement: Agreement?

    enum CodingKeys: String, CodingKey {
      case voxels
      case slicesComputed = "slices_computed"
      case viewAgreement = "view_agreement"
    }
  }

  /// The predicted DSC with its reasons.
  public struct Confidence: Codable, Hashable, Sendable {
    /// One reason.
    public struct Reason: Codable, Hashable, Sendable {
      /// For programs.
      public let code: String
      /// For people.
      public let sentence: String
    }

    /// Predicted DSC; nil when nothing was found.
    public let estimate: Double?
    /// What nine of ten cases reach at least; nil when nothing was found.
    public let lower90: Double?
    /// "high", "moderate", "low" or "none".
    public let grade: String
    /// What lowers the estimate.
    public let reasons: [Reason]

    enum CodingKeys: String, CodingKey {
      case estimate, grade, reasons
      case lower90 = "lower_90"
    }
  }

  /// Doubts about the input.
  public struct InputChecks: Codable, Hashable, Sendable {
    /// One doubt.
    public struct Finding: Codable, Hashable, Sendable {
      /// The flag that it sets.
      public let flag: String
      /// The feature that shows it.
      public let feature: String
      /// For people.
      public let sentence: String
    }

    /// The doubts.
    public let findings: [Finding]
    /// Features of the orientation that the image gives no evidence for.
    public let notJudged: [String]

    enum CodingKeys: String, CodingKey {
      case findings
      case notJudged = "not_judged"
    }
  }

  /// The algorithm's settings in this run.
  public struct Profile: Codable, Hashable, Sendable {
    /// Frame around the mask, pixels.
    public let margin: Int
    /// R.
    public let threshold: Double
    /// "above" or "reaching".
    public let stop: String
    /// T.
    public let maximumRounds: Int
    /// "majority" or "mean"; nil in traces of plugins that do not say.
    public let coarseFusion: String?, fineFusion: String?
    /// Components of a fine mask below this part of the largest were removed; nil: none was.
    public let componentRatio: Double?

    enum CodingKeys: String, CodingKey {
      case margin, threshold, stop
      case maximumRounds = "maximum_rounds"
      case coarseFusion = "coarse_fusion"
      case fineFusion = "fine_fusion"
      case componentRatio = "component_ratio"
    }
  }

  /// A grid of voxels in the patient.
  public struct Grid: Codable, Hashable, Sendable {
    /// Voxels along x, y, z.
    public let size: [Int]
    /// Spacing along x, y, z, mm.
    public let spacing: [Double]
    /// Centre of the first voxel, LPS mm.
    public let origin: [Double]
    /// Unit vectors of x, y, z in LPS.
    public let direction: [[Double]]

    enum CodingKeys: String, CodingKey {
      case size
      case spacing = "spacing_mm"
      case origin = "origin_lps_mm"
      case direction = "direction_lps"
    }

    /// Volume of one voxel, mL.
    public var voxelMillilitres: Double { spacing.reduce(1, *) / 1000 }
  }

  /// The weights that were used.
  public struct Bundle: Codable, Hashable, Sendable {
    /// Name of the bundle; with the version it identifies the bundle.
    public let name: String
    /// Version of the bundle.
    public let version: String
    /// SHA-256 of its manifest, which holds the hashes of all weights.
    public let sha256: String
    /// Who signed it; nil when nobody did.
    public let signedBy: String?

    enum CodingKeys: String, CodingKey {
      case version, sha256
      case name = "id"
      case signedBy = "signed_by"
    }

    /// Writes nil as null, so that a reader sees that nobody signed.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(version, forKey: .version)
      try container.encode(sha256, forKey: .sha256)
      try container.encode(signedBy, forKey: .signedBy)
    }
  }

  /// The organ.
  public struct Label: Codable, Hashable, Sendable {
    /// Value in the mask.
    public let value: Int
    /// Name for people.
    public let name: String
  }

  /// Wall times of the plugin's steps.
  public struct Seconds: Decodable, Hashable, Sendable {
    /// Reading, checking and packing the weights.
    public let load: Double
    /// Bringing the volume to the working grid.
    public let prepare: Double
    /// The coarse pass.
    public let coarse: Double
    /// All fine rounds.
    public let fine: Double
    /// Bringing the mask back.
    public let finish: Double
  }

  /// "converged", "rounds-used-up", "collapsed" or "empty".
  public let end: String
  /// The fine rounds.
  public let rounds: [Round]
  /// The coarse pass.
  public let coarse: Coarse
  /// Agreement of the views in the last round; nil when nothing was found.
  public let viewAgreement: Agreement?
  /// What was measured for the prediction, by name; nil from a plugin that measures nothing.
  public let features: [String: Double]?
  /// The predicted DSC; nil without a calibration in the bundle.
  public let confidence: Confidence?
  /// Doubts about the input; nil from a plugin that makes no checks.
  public let inputChecks: InputChecks?
  /// Names of the flags.
  public let flags: [String]
  /// Voxels of the mask.
  public let voxels: Int
  /// Volume of the mask, mL.
  public let volumeMillilitres: Double
  /// The organ.
  public let label: Label
  /// The algorithm's settings.
  public let profile: Profile
  /// The host's grid.
  public let geometry: Grid
  /// The grid the networks worked on.
  public let workingGrid: Grid
  /// The weights.
  public let bundle: Bundle
  /// Arithmetic of the networks.
  public let precision: String
  /// Why this one, when the plugin chose.
  public let precisionReason: String?
  /// "exact" or "fast"; nil in traces of plugins that only know exact.
  public let quality: String?
  /// Worker threads.
  public let threads: Int
  /// Largest resident memory of the process that computed, bytes; nil when the plugin does not say.
  public let peakBytes: Int?
  /// Wall times.
  public let seconds: Seconds

  enum CodingKeys: String, CodingKey {
    case end, rounds, coarse, flags, voxels, label, profile, geometry, bundle, precision, quality, threads
    case seconds
    case precisionReason = "precision_reason"
    case confidence
    case features = "confidence_features"
    case inputChecks = "input_checks"
    case peakBytes = "peak_bytes"
    case viewAgreement = "view_agreement"
    case volumeMillilitres = "volume_ml"
    case workingGrid = "working_grid"
  }

  /// Reads the JSON text of `trace`.
  public init(json: String) throws(HostError) {
    do {
      self = try JSONDecoder().decode(RunTrace.self, from: Data(json.utf8))
    } catch {
      throw HostError(
        code: .incompatiblePlugin, description: "the plugin's trace is not what islet.h 1.0 promises: \(error)")
    }
  }
}
