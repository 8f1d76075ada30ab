import CIslet
public import Volumes

/// What the plugin returned, on the grid of the volume it was given.
public struct Segmentation: Sendable {
  /// The organ's label value per voxel, or 0.
  public let mask: LabelMap
  /// Mean probability of the three views per voxel, 0...255, [z, y, x] with x fastest.
  public let probability: [UInt8]
  /// Which views found the organ in the last round, bits 1 coronal, 2 sagittal, 4 axial; nil when not asked for.
  public let viewMasks: LabelMap?
  /// How the run went, in numbers.
  public let summary: SegmentationSummary
}

/// A finished pass of a run, on the grid of the volume: what a viewer would draw while the iteration goes on.
public struct SegmentationPass: Sendable {
  /// 0 for the coarse pass, then the fine rounds from 1.
  public let round: Int
  /// d(t); nil for the coarse pass.
  public let diceToPrevious: Double?
  /// The organ's label value per voxel, or 0.
  public let mask: LabelMap
  /// What each view found on its own, bits 1 coronal, 2 sagittal, 4 axial; nil when the plugin did not say.
  public let viewMasks: LabelMap?

  /// Copies what the plugin lends; nil when its mask has not the volume's size.
  init?(_ pass: islet_pass, size: VolumeSize) {
    func copy(_ bytes: UnsafePointer<UInt8>?, _ count: UInt64) -> LabelMap? {
      guard let bytes, count == UInt64(size.voxelCount) else { return nil }
      return LabelMap(size: size, labels: Array(UnsafeBufferPointer(start: bytes, count: size.voxelCount)))
    }
    guard let mask = copy(pass.mask, pass.mask_bytes) else { return nil }
    self.mask = mask
    viewMasks = copy(pass.view_masks, pass.view_masks_bytes)
    round = Int(pass.round)
    diceToPrevious = pass.dsc_to_previous.isNaN ? nil : pass.dsc_to_previous
  }
}

/// The summary of a run, as islet.h fills it.
public struct SegmentationSummary: Hashable, Sendable {
  /// How the fixed-point iteration ended.
  public enum End: String, Sendable {
    /// The mask stopped changing.
    case converged
    /// T rounds were run and the mask still changed.
    case roundsUsedUp = "rounds-used-up"
    /// A fine round lost the organ; the mask is that of the round before.
    case collapsed
    /// Nothing was found.
    case empty
  }

  /// How the iteration ended; nil for a value that this host does not know.
  public let end: End?
  /// Fine rounds run.
  public let rounds: Int
  /// Bits of ISLET_FLAG_*.
  public let flags: UInt64
  /// Voxels of the mask.
  public let voxels: Int
  /// Volume of the mask, mL.
  public let volumeMillilitres: Double
  /// d(T); NaN when no round ran.
  public let diceToPrevious: Double
  /// Mean pairwise DSC of the three views; NaN when nothing was found.
  public let viewAgreement: Double
  /// Predicted DSC; NaN without a calibration in the bundle and when nothing was found.
  public let predictedDice: Double
  /// Lower 90 % bound of the predicted DSC; NaN without a calibration.
  public let predictedDiceLower: Double
  /// The prediction in one word; nil for a value that this host does not know.
  public let grade: Grade?

  /// The predicted DSC in one word.
  public enum Grade: String, Sendable {
    /// Nothing is said: no calibration, or nothing found.
    case none
    /// Not to be used without correction.
    case low
    /// Look closely.
    case moderate
    /// As good as the bundle gets.
    case high
  }

  init(_ output: islet_output) {
    end =
      switch output.end {
      case ISLET_END_CONVERGED: .converged
      case ISLET_END_ROUNDS_USED_UP: .roundsUsedUp
      case ISLET_END_COLLAPSED: .collapsed
      case ISLET_END_EMPTY: .empty
      default: nil
      }
    rounds = Int(output.rounds)
    flags = output.flags
    voxels = Int(clamping: output.voxels)
    volumeMillilitres = output.volume_ml
    diceToPrevious = output.dsc_to_previous
    viewAgreement = output.view_agreement
    predictedDice = output.predicted_dsc
    predictedDiceLower = output.predicted_dsc_lower
    grade =
      switch output.grade {
      case ISLET_GRADE_NONE: Grade.none
      case ISLET_GRADE_LOW: .low
      case ISLET_GRADE_MODERATE: .moderate
      case ISLET_GRADE_HIGH: .high
      default: nil
      }
  }

  /// The flags' names as result.json uses them, in the order of their bits.
  public var flagNames: [String] {
    Self.names.filter { flags & $0.bit != 0 }.map(\.name)
  }

  private static let names: [(bit: UInt64, name: String)] = [
    (ISLET_FLAG_TOUCHES_BORDER, "touches-border"),
    (ISLET_FLAG_HU_OUT_OF_RANGE, "hu-out-of-range"),
    (ISLET_FLAG_SPACING_OUT_OF_RANGE, "spacing-out-of-range"),
    (ISLET_FLAG_OBLIQUE, "oblique"),
    (ISLET_FLAG_NOT_CONVERGED, "not-converged"),
    (ISLET_FLAG_COLLAPSED, "collapsed"),
    (ISLET_FLAG_EMPTY, "empty"),
    (ISLET_FLAG_UNSIGNED_BUNDLE, "unsigned-bundle"),
    (ISLET_FLAG_NO_CONFIDENCE, "no-confidence"),
    (ISLET_FLAG_NO_BODY, "no-body"),
    (ISLET_FLAG_ORIENTATION_DOUBTFUL, "orientation-doubtful"),
    (ISLET_FLAG_WRONG_BODY_PART, "wrong-body-part"),
    (ISLET_FLAG_FIELD_OF_VIEW, "field-of-view"),
    (ISLET_FLAG_LOW_CONFIDENCE, "low-confidence"),
    (ISLET_FLAG_SLICES_DOUBTFUL, "slices-doubtful"),
    (ISLET_FLAG_IMAGE_QUALITY, "image-quality"),
    (ISLET_FLAG_FOREIGN_BUNDLE, "foreign-bundle"),
    (ISLET_FLAG_CHANGED_BUNDLE, "changed-bundle"),
    (ISLET_FLAG_ROLLED_BACK_BUNDLE, "rolled-back-bundle"),
  ]
}
