public import CoarseToFine
public import Confidence
public import Volumes

/// How a run came out: a result, or the caller's wish to stop. Cancellation is no error.
public enum RunOutcome<Result> {
  /// The run went to its end.
  case finished(Result)
  /// The caller's `isCancelled` said so.
  case cancelled
}

extension RunOutcome: Sendable where Result: Sendable {}

/// How a run with a result of its own came out.
public typealias SegmentationOutcome = RunOutcome<SegmentationResult>

/// What a run found, on the grid of the volume it was given; what it says about that reads as properties of its own.
@dynamicMemberLookup
public struct SegmentationResult: Sendable {
  /// The organ's label value per voxel, or 0.
  public let mask: LabelMap
  /// Mean probability of the three views, 0...255, [z, y, x] with x fastest.
  public let probability: [UInt8]
  /// Which views found the organ in the last round, bits 1 coronal, 2 sagittal, 4 axial; nil when not asked for.
  public let viewMasks: [UInt8]?
  /// What the run says about them.
  public let summary: SegmentationSummary

  /// A property of the summary.
  public subscript<Value>(dynamicMember path: KeyPath<SegmentationSummary, Value>) -> Value { summary[keyPath: path] }
}

/// What a run says about the maps it made.
public struct SegmentationSummary: Sendable {
  /// How the fixed-point iteration ended.
  public let end: FixedPointResult.End
  /// The fine rounds, in order.
  public let rounds: [RoundRecord]
  /// Voxels of the mask.
  public let voxels: Int
  /// Volume of the mask, mL.
  public let volumeMillilitres: Double
  /// Mean DSC of the three pairs of views in the last round (of the coarse pass when no round ran); nil when empty.
  public let viewAgreement: Double?
  /// How good the mask is expected to be; nil when the bundle carries no calibration.
  public let confidence: Confidence?
  /// What a reader must know.
  public let flags: ResultFlags
  /// The run in detail, JSON (`RunTrace`).
  public let traceJSON: String
}

/// One fine round as results report it.
public struct RoundRecord: Hashable, Sendable, Encodable {
  /// Counted from 1.
  public let round: Int
  /// d(t), the DSC of this round's mask and the one before.
  public let diceToPrevious: Double
  /// Voxels of the mask on the working grid.
  public let voxels: Int
  /// Slices that went through a network.
  public let slicesComputed: Int
  /// Slices whose box had not changed, so that their output was kept.
  public let slicesReused: Int
  /// Wall time of the round.
  public let seconds: Double

  enum CodingKeys: String, CodingKey {
    case round, voxels, seconds
    case diceToPrevious = "dsc_to_previous"
    case slicesComputed = "slices_computed"
    case slicesReused = "slices_reused"
  }
}

extension RoundRecord {
  /// A round of the algorithm with its wall time.
  init(_ round: Round, seconds: Double) {
    self.init(
      round: round.number, diceToPrevious: round.diceToPrevious, voxels: round.voxels,
      slicesComputed: round.slicesComputed, slicesReused: round.slicesReused, seconds: seconds)
  }
}

extension FixedPointResult.End {
  /// The word in result files.
  var nameInResults: String {
    switch self {
    case .converged: "converged"
    case .roundsUsedUp: "rounds-used-up"
    case .collapsed: "collapsed"
    case .empty: "empty"
    }
  }
}
