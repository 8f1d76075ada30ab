/// Everything that was measured on one case with one bundle: what cases/ID.json holds.
///
/// The tables are made from these records alone. The file has a further field, `trace`: the plugin's own trace of the
/// run with the bundle's settings, as it came.
public struct CaseEvaluation: Codable, Hashable, Sendable {
  /// The schema that this reader and writer know.
  public static let schema = "org.islet.evaluation-case/1"

  /// The case, as its cohort names it.
  public struct Subject: Codable, Hashable, Sendable {
    /// Unique in the cohort.
    public var id: String
    /// "fold", "training", "calibration" or "test".
    public var set: String
    /// 1 to 4 in the set "fold".
    public var fold: Int?
    /// How a synthetic case was made.
    public var source: String?
    /// What was done to the original on purpose; nil for an original.
    public var corruption: String?
    /// The case that this one is a corrupted variant of.
    public var original: String?

    /// Takes the fields as they are.
    public init(
      id: String, set: String, fold: Int? = nil, source: String? = nil, corruption: String? = nil,
      original: String? = nil
    ) {
      (self.id, self.set, self.fold, self.source) = (id, set, fold, source)
      (self.corruption, self.original) = (corruption, original)
    }
  }

  /// What the measurement depends on: a record whose conditions are the same need not be made again.
  public struct Conditions: Codable, Hashable, Sendable {
    /// SHA-256 of the voxels as int16.
    public var voxels: String
    /// SHA-256 of all labels as uint8.
    public var labels: String
    /// Identity of the bundle.
    public var bundle: String
    /// Its name and version.
    public var bundleName: String
    /// Version of the plugin.
    public var plugin: String
    /// The organ's name.
    public var organ: String
    /// Its value in the truth.
    public var truthLabel: Int
    /// Its value in the bundle; nil for the bundle's first.
    public var bundleLabel: Int?
    /// Tolerance of the surface DSC, mm.
    public var tolerance: Double

    enum CodingKeys: String, CodingKey {
      case plugin, organ
      case voxels = "voxels_sha256"
      case labels = "labels_sha256"
      case bundle = "bundle_sha256"
      case bundleName = "bundle"
      case truthLabel = "truth_label"
      case bundleLabel = "bundle_label"
      case tolerance = "tolerance_mm"
    }

    /// Takes the fields as they are.
    public init(
      voxels: String, labels: String, bundle: String, bundleName: String, plugin: String, organ: String,
      truthLabel: Int, bundleLabel: Int?, tolerance: Double
    ) {
      (self.voxels, self.labels, self.bundle, self.bundleName) = (voxels, labels, bundle, bundleName)
      (self.plugin, self.organ, self.truthLabel) = (plugin, organ, truthLabel)
      (self.bundleLabel, self.tolerance) = (bundleLabel, tolerance)
    }
  }

  /// DSC of each coarse view on its own.
  public struct Views: Codable, Hashable, Sendable {
    /// Of the coronal network.
    public var coronal: Double
    /// Of the sagittal network.
    public var sagittal: Double
    /// Of the axial network.
    public var axial: Double

    /// Takes the three as they are.
    public init(coronal: Double, sagittal: Double, axial: Double) {
      (self.coronal, self.sagittal, self.axial) = (coronal, sagittal, axial)
    }
  }

  /// The run with the bundle's own R and T: what a user gets.
  public struct DefaultRun: Codable, Hashable, Sendable {
    /// How well its mask fits.
    public var quality: MaskQuality
    /// "converged", "rounds-used-up", "collapsed" or "empty".
    public var end: String
    /// Fine rounds run.
    public var rounds: Int
    /// Names of the flags.
    public var flags: [String]
    /// Volume of the mask.
    public var volumeMillilitres: Double
    /// Mean pairwise DSC of the views; nil where nothing was found.
    public var viewAgreement: Double?
    /// nil without a calibration in the bundle.
    public var predictedDice: Double?
    /// Lower 90 % bound of the predicted DSC; nil without a calibration.
    public var predictedDiceLower: Double?
    /// Wall time of the run, s.
    public var seconds: Double

    enum CodingKeys: String, CodingKey {
      case quality, end, rounds, flags, seconds
      case volumeMillilitres = "volume_ml"
      case viewAgreement = "view_agreement"
      case predictedDice = "predicted_dsc"
      case predictedDiceLower = "predicted_dsc_lower"
    }

    /// Takes the fields as they are; what is not finite becomes nil.
    public init(
      quality: MaskQuality, end: String, rounds: Int, flags: [String], volumeMillilitres: Double,
      viewAgreement: Double, predictedDice: Double, predictedDiceLower: Double, seconds: Double
    ) {
      func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
      (self.quality, self.end, self.rounds, self.flags) = (quality, end, rounds, flags)
      (self.volumeMillilitres, self.viewAgreement) = (volumeMillilitres, finite(viewAgreement))
      (self.predictedDice, self.predictedDiceLower) = (finite(predictedDice), finite(predictedDiceLower))
      self.seconds = seconds
    }
  }

  /// Always `CaseEvaluation.schema` in what is written.
  public var schema = CaseEvaluation.schema
  /// The case.
  public var subject: Subject
  /// What the measurement depends on.
  public var conditions: Conditions
  /// Voxels of the organ in the truth.
  public var truthVoxels: Int
  /// Their volume.
  public var truthMillilitres: Double
  /// The coarse pass, view by view.
  public var coarseViews: Views
  /// All passes of a run that is not stopped before round 10.
  public var trajectory: Trajectory
  /// The fused coarse mask.
  public var coarse: MaskQuality
  /// The mask at the paper's stop, d > .95.
  public var final: MaskQuality
  /// One round from the truth; nil when it was left out.
  public var oracle: MaskQuality?
  /// The run with the bundle's own settings.
  public var defaultRun: DefaultRun

  enum CodingKeys: String, CodingKey {
    case schema, conditions, trajectory, coarse, final, oracle
    case subject = "case"
    case truthVoxels = "truth_voxels"
    case truthMillilitres = "truth_ml"
    case coarseViews = "coarse_views"
    case defaultRun = "default_run"
  }

  /// Takes the parts as they are.
  public init(
    subject: Subject, conditions: Conditions, truthVoxels: Int, truthMillilitres: Double, coarseViews: Views,
    trajectory: Trajectory, coarse: MaskQuality, final: MaskQuality, oracle: MaskQuality?, defaultRun: DefaultRun
  ) {
    (self.subject, self.conditions) = (subject, conditions)
    (self.truthVoxels, self.truthMillilitres) = (truthVoxels, truthMillilitres)
    (self.coarseViews, self.trajectory, self.coarse, self.final) = (coarseViews, trajectory, coarse, final)
    (self.oracle, self.defaultRun) = (oracle, defaultRun)
  }
}
