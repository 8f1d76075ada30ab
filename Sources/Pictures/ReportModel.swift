public import Volumes

/// Everything the report page says about one segmentation; plain values, filled in by the caller.
///
/// Texts are shown as they are (escaped), so they should be sentences and names for a radiologist. Numbers that are not
/// finite are shown as a dash.
public struct ReportModel: Sendable {
  /// The organ's name, for instance "Pancreas".
  public var organ: String
  /// How the iteration ended; the page says it in words.
  public var outcome: Outcome
  /// The pictures, in the order shown: axial, coronal, sagittal.
  public var overlays: [Picture]
  /// Small pictures at several levels, view by view in the order shown; may be empty.
  public var levels: [Picture]
  /// The rounds in order, the coarse one first.
  public var rounds: [Round]
  /// R: the iteration stops when d(t) passes it (exceeds or reaches, as the bundle says).
  public var threshold: Double
  /// T: the largest number of fine rounds.
  public var largestRoundCount: Int
  /// How far the networks of the views agree, one entry a pair.
  public var agreement: [ViewAgreement]
  /// Foreground voxels of the final mask.
  public var voxels: Int
  /// Volume of the final mask, mL.
  public var volumeMillilitres: Double
  /// Mean and standard deviation of the mask's HU; nil when there is no voxel.
  public var hounsfield: Hounsfield?
  /// What the bundle's calibration predicts; nil when the bundle has none.
  public var confidence: Confidence?
  /// What the reader should know before trusting the mask; empty when there is nothing.
  public var flags: [Flag]
  /// The CT that was segmented.
  public var input: Input
  /// The bundle whose networks did it.
  public var bundle: BundleCard
  /// What the run was told or took from the bundle, name and value in words.
  public var settings: [Setting]
  /// Arithmetic of the networks: "float32", "bfloat16" or "int8".
  public var precision: String
  /// Threads used.
  public var threads: Int
  /// Seconds of each stage in order: read, load, prepare, coarse, fine, finish, write.
  public var timings: [Timing]
  /// Largest resident memory of the run, bytes.
  public var peakBytes: Int
  /// Versions of the parts: harness, plugin, header.
  public var versions: [Version]

  /// How the fixed-point iteration ended.
  public enum Outcome: String, Hashable, Sendable, CaseIterable {
    /// d(t) passed R.
    case converged
    /// T rounds were done, d(t) stayed below R.
    case roundsUsedUp = "rounds-used-up"
    /// A fine round found nothing; the mask is that of the round before.
    case collapsed
    /// The coarse stage found nothing; there is no mask.
    case empty
  }

  /// HU inside the mask.
  public struct Hounsfield: Hashable, Sendable {
    /// Mean.
    public var mean: Double
    /// Sample standard deviation.
    public var sd: Double

    /// Fields in order.
    public init(mean: Double, sd: Double) { (self.mean, self.sd) = (mean, sd) }
  }

  /// One picture of the page.
  public struct Picture: Sendable {
    /// The view it shows.
    public var view: View
    /// A JPEG file, as `JPEGEncoder` makes it.
    public var jpeg: [UInt8]
    /// One sentence under the picture, also read aloud: `Overlay.caption`.
    public var caption: String

    /// Fields in order.
    public init(view: View, jpeg: [UInt8], caption: String) {
      (self.view, self.jpeg, self.caption) = (view, jpeg, caption)
    }
  }

  /// One round of the iteration; round 0 is the coarse stage.
  public struct Round: Hashable, Sendable {
    /// t: 0 for the coarse stage, then 1, 2, ...
    public var number: Int
    /// d(t), the Dice coefficient with the mask of the round before; nil for the first round.
    public var diceToPrevious: Double?
    /// Foreground voxels after this round.
    public var voxels: Int
    /// Their volume, mL.
    public var millilitres: Double
    /// Slices the networks computed.
    public var slicesComputed: Int
    /// Slices whose result was taken over from an earlier round, bit for bit.
    public var slicesReused: Int
    /// Wall-clock seconds.
    public var seconds: Double

    /// Fields in order.
    public init(
      number: Int, diceToPrevious: Double?, voxels: Int, millilitres: Double, slicesComputed: Int, slicesReused: Int,
      seconds: Double
    ) {
      (self.number, self.diceToPrevious, self.voxels) = (number, diceToPrevious, voxels)
      (self.millilitres, self.seconds) = (millilitres, seconds)
      (self.slicesComputed, self.slicesReused) = (slicesComputed, slicesReused)
    }
  }

  /// The Dice coefficient between what two views found on their own.
  public struct ViewAgreement: Hashable, Sendable {
    /// One view.
    public var first: View
    /// The other.
    public var second: View
    /// DSC, 0...1.
    public var dice: Double

    /// Fields in order.
    public init(first: View, second: View, dice: Double) {
      (self.first, self.second, self.dice) = (first, second, dice)
    }
  }

  /// The predicted Dice coefficient against a radiologist's mask.
  public struct Confidence: Hashable, Sendable {
    /// Expected DSC, 0...1.
    public var estimatedDice: Double
    /// The DSC is at least this in 90 of 100 cases.
    public var lower90: Double
    /// The prediction in one word, "high", "moderate", "low" or "none"; empty when there is no word.
    public var grade: String
    /// What the estimate rests on, in words; may be empty.
    public var reasons: [String]

    /// Fields in order.
    public init(estimatedDice: Double, lower90: Double, grade: String = "", reasons: [String] = []) {
      (self.estimatedDice, self.lower90, self.grade, self.reasons) = (estimatedDice, lower90, grade, reasons)
    }
  }

  /// Something to know before trusting the mask.
  public struct Flag: Hashable, Sendable {
    /// The flag's name in result.json, for instance "touches-border".
    public var name: String
    /// What was found, one sentence.
    public var finding: String
    /// What to do about it, one sentence.
    public var advice: String

    /// Fields in order.
    public init(name: String, finding: String, advice: String) {
      (self.name, self.finding, self.advice) = (name, finding, advice)
    }
  }

  /// The CT that was segmented.
  public struct Input: Sendable {
    /// A name for it: the file's or the series' description.
    public var name: String
    /// Size, spacing, origin and direction.
    public var geometry: VolumeGeometry
    /// Lowest and highest HU; nil when not known.
    public var hounsfieldRange: ClosedRange<Int>?

    /// Fields in order.
    public init(name: String, geometry: VolumeGeometry, hounsfieldRange: ClosedRange<Int>? = nil) {
      (self.name, self.geometry, self.hounsfieldRange) = (name, geometry, hounsfieldRange)
    }
  }

  /// What the bundle says of itself.
  public struct BundleCard: Hashable, Sendable {
    /// Name, for instance "pancreas-3mm".
    public var name: String
    /// Version.
    public var version: String
    /// Licence of the weights.
    public var licence: String
    /// What the bundle is meant for.
    public var intendedUse: String
    /// What it was trained on.
    public var dataSource: String
    /// Measured quality, one sentence a cohort; empty when nothing was measured.
    public var measuredQuality: [String]
    /// The trusted key that signed it; nil when none did, which the page then says.
    public var signedBy: String?
    /// SHA-256 of the file, hexadecimal.
    public var sha256: String

    /// Fields in order.
    public init(
      name: String, version: String, licence: String, intendedUse: String, dataSource: String,
      measuredQuality: [String], signedBy: String?, sha256: String
    ) {
      (self.name, self.version, self.licence) = (name, version, licence)
      (self.intendedUse, self.dataSource, self.measuredQuality) = (intendedUse, dataSource, measuredQuality)
      (self.signedBy, self.sha256) = (signedBy, sha256)
    }
  }

  /// The seconds of one stage.
  public struct Timing: Hashable, Sendable {
    /// The stage's name.
    public var stage: String
    /// Wall-clock seconds.
    public var seconds: Double

    /// Fields in order.
    public init(stage: String, seconds: Double) { (self.stage, self.seconds) = (stage, seconds) }
  }

  /// One setting of the run.
  public struct Setting: Hashable, Sendable {
    /// What is set.
    public var name: String
    /// Its value.
    public var value: String

    /// Fields in order.
    public init(name: String, value: String) { (self.name, self.value) = (name, value) }
  }

  /// The version of one part.
  public struct Version: Hashable, Sendable {
    /// The part's name.
    public var part: String
    /// Its version.
    public var version: String

    /// Fields in order.
    public init(part: String, version: String) { (self.part, self.version) = (part, version) }
  }

  /// Fields in order.
  public init(
    organ: String, outcome: Outcome, overlays: [Picture], levels: [Picture] = [], rounds: [Round], threshold: Double,
    largestRoundCount: Int, agreement: [ViewAgreement], voxels: Int, volumeMillilitres: Double,
    hounsfield: Hounsfield? = nil, confidence: Confidence?, flags: [Flag],
    input: Input, bundle: BundleCard, settings: [Setting] = [], precision: String, threads: Int, timings: [Timing],
    peakBytes: Int,
    versions: [Version]
  ) {
    (self.organ, self.outcome, self.overlays, self.rounds) = (organ, outcome, overlays, rounds)
    (self.threshold, self.largestRoundCount, self.agreement) = (threshold, largestRoundCount, agreement)
    (self.levels, self.voxels, self.volumeMillilitres) = (levels, voxels, volumeMillilitres)
    self.hounsfield = hounsfield
    (self.confidence, self.flags, self.input, self.bundle) = (confidence, flags, input, bundle)
    (self.settings, self.precision, self.threads, self.timings) = (settings, precision, threads, timings)
    (self.peakBytes, self.versions) = (peakBytes, versions)
  }
}
