public import Volumes

/// What a host asks of one run; nil is the bundle's choice.
public struct SegmentationRequest: Hashable, Sendable {
  /// Label value of the organ; nil for the bundle's first label.
  public var label: Int?
  /// Worker threads, 1...256; nil for one per core that the process may use. The result does not depend on it.
  public var threads: Int?
  /// Largest number of fine rounds T.
  public var rounds: Int?
  /// Threshold R of the stopping rule.
  public var threshold: Double?
  /// Frame around the mask, pixels of the working grid.
  public var margin: Int?
  /// Smallest kept component of a fine mask, as a part of the largest.
  public var componentFilter: ComponentFilterChoice?
  /// How the views' answers become one, in the coarse pass and in the fine rounds.
  public var coarseFusion: Fusion?, fineFusion: Fusion?
  /// Whether the result says which views found the organ; costs one more map brought back to the host's grid.
  public var wantsViewMasks = false
  /// How many slices the coarse pass takes.
  public var quality = Quality.exact
  /// Arithmetic of the networks; nil for the fastest that processor and bundle allow (`ArithmeticChoice`).
  public var precision: Precision?
  /// A mask on the host's grid to start from in place of the coarse pass; nil starts with the coarse pass.
  public var initialMask: LabelMap? { didSet { hasInitialMask = initialMask != nil } }
  /// Whether the run starts from a mask; for a forecast, which does not need the mask itself.
  public var hasInitialMask = false
  /// Whether somebody sees every pass; for a forecast.
  public var isWatched = false
  /// Bytes that the run may take, shared buffers of the call included; nil for no limit.
  public var memoryBudget: Int?
  /// Bytes of the call's buffers that count as the run's own.
  public var callBytes = 0

  /// The arithmetics that a host may name.
  public enum Precision: String, CaseIterable, Hashable, Sendable {
    /// The reference.
    case float32
    /// Weights and activations of 2 bytes.
    case bfloat16
    /// Weights and activations of 1 byte, for bundles with ranges.
    case int8
  }

  /// How the three views' answers become one mask.
  public enum Fusion: String, CaseIterable, Hashable, Sendable {
    /// Two of three views find a voxel.
    case majority
    /// The mean of their probabilities is above a half.
    case mean
  }

  /// Whether small components of a fine mask are removed.
  public enum ComponentFilterChoice: Hashable, Sendable {
    case off
    /// Those below this part of the largest, above 0 and at most 1.
    case ratio(Double)
  }

  /// What a host may give up for speed.
  public enum Quality: String, CaseIterable, Hashable, Sendable {
    /// Nothing: every slice of the coarse pass.
    case exact
    /// Every third slice of the coarse pass, and bfloat16 where the processor has it.
    case fast
  }

  /// Refused above this: no machine we know profits.
  public static let mostThreads = 256

  /// A request of defaults.
  public init(
    label: Int? = nil, threads: Int? = nil, rounds: Int? = nil, threshold: Double? = nil, margin: Int? = nil
  ) {
    self.label = label
    self.threads = threads
    self.rounds = rounds
    self.threshold = threshold
    self.margin = margin
  }
}
