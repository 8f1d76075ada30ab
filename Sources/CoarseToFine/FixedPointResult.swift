public import Volumes

/// What a run of the fixed-point iteration found.
public struct FixedPointResult: Sendable {
  /// How a run ended.
  public enum End: String, CaseIterable, Hashable, Sendable {
    /// d(t) passed the threshold.
    case converged
    /// T rounds did not bring d(t) past the threshold; the last mask is returned.
    case roundsUsedUp
    /// A fine round found nothing; the mask of the round before is returned.
    case collapsed
    /// The coarse pass found nothing, or the given initial mask was empty; the mask is empty.
    case empty
  }

  /// Z*: 0 or 1 in each voxel.
  public let mask: LabelMap
  /// round(255 * mean probability of the three views) in the pass that `mask` comes from, [z, y, x], after temperatures.
  ///
  /// Not touched by the component filter. Where `mask` is a given initial mask, 255 inside and 0 outside.
  public let probability: [UInt8]
  /// The same before temperatures.
  public let plainProbability: [UInt8]
  /// Each view's own mask in the pass that `mask` comes from; nil where `mask` is a given initial mask.
  public let viewMasks: ViewMasks?
  /// Foreground voxels of Z(0).
  public let coarseVoxels: Int
  /// Agreement of the coarse views; nil when the run started from a given mask.
  public let coarseAgreement: ViewAgreement?
  /// DSC(Z(0), Z*), over the voxels that d(t) is taken over; nil when the run started from a given mask.
  public let coarseDice: Double?
  /// Agreement of the views behind `mask`; nil where `mask` is a given initial mask.
  public let finalAgreement: ViewAgreement?
  /// The fine rounds in order; a round that collapsed is the last of them.
  public let rounds: [Round]
  /// How the run ended.
  public let end: End
}

/// One fine round t.
public struct Round: Hashable, Sendable {
  /// t, from 1.
  public let number: Int
  /// d(t) = DSC(Z(t-1), Z(t)).
  public let diceToPrevious: Double
  /// Foreground voxels of Z(t).
  public let voxels: Int
  /// Slices that the networks were run on, over the three views.
  public let slicesComputed: Int
  /// Slices with the box of the round before, whose prediction was used again.
  public let slicesReused: Int
}

/// A finished pass, for whoever wants to look at the masks on the way.
public struct RoundSnapshot: Sendable {
  /// Coarse for Z(0), fine for Z(t).
  public let stage: Stage
  /// What the round did; nil for Z(0).
  public let round: Round?
  /// Z(0) or Z(t), possibly empty.
  public let mask: LabelMap
  /// Each view's own mask in this pass.
  public let viewMasks: ViewMasks?
}
