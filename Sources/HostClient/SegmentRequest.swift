import CIslet
public import Volumes

/// What a host asks of one run; everything left nil is the bundle's or the plugin's choice.
public struct SegmentRequest: Hashable, Sendable {
  /// Label value of the organ; nil for the bundle's first.
  public var label: Int?
  /// Worker threads; nil for one per core. The result does not depend on it.
  public var threads: Int?
  /// Largest number of fine rounds T.
  public var rounds: Int?
  /// Threshold R of the stopping rule.
  public var threshold: Double?
  /// Frame around the mask in pixels of the working grid.
  public var margin: Int?
  /// Of a fine round's mask the components below this part of the largest are removed, 0...1; 0: none is.
  public var componentRatio: Double?
  /// How the coarse views' answers become one mask.
  public var coarseFusion: Fusion?
  /// How the fine views' answers become one mask.
  public var fineFusion: Fusion?
  /// How many slices the coarse pass takes.
  public var quality: Quality
  /// Arithmetic of the networks.
  public var precision: Precision
  /// Whether the result says which views found the organ.
  public var wantsViewMasks: Bool
  /// A mask on the volume's grid to start from in place of the coarse pass; every label but 0 is organ.
  public var initialMask: LabelMap?
  /// A box of the volume's voxels to start from in place of the coarse pass, as if it were a mask; not with a mask.
  /// `VoxelBox(between:and:in:)` makes one of two points in the patient.
  public var initialBox: VoxelBox?
  /// Where the plugin computes; nil for its default, the worker process.
  public var isolation: Isolation?
  /// Bytes that the run may take; nil for no limit.
  public var memoryBudget: Int?

  /// Where the plugin computes; the result has the same bits.
  public enum Isolation: String, CaseIterable, Hashable, Sendable {
    /// In a process of the plugin's, so that a crash there does this host no harm.
    case process
    /// In this process.
    case none
  }

  /// How the three views' answers become one mask.
  public enum Fusion: String, CaseIterable, Hashable, Sendable {
    /// Two of three views find the voxel.
    case majority
    /// The mean of their probabilities is at least a half.
    case mean
  }

  /// What may be given up for speed.
  public enum Quality: String, CaseIterable, Hashable, Sendable {
    /// Nothing.
    case exact
    /// Two of three slices of the coarse pass, and float32.
    case fast
  }

  /// The arithmetics that a host may ask for.
  public enum Precision: String, CaseIterable, Hashable, Sendable {
    /// The fastest that processor and bundle allow.
    case auto
    case float32, bfloat16, int8
  }

  /// A request of defaults.
  public init(
    label: Int? = nil, threads: Int? = nil, rounds: Int? = nil, threshold: Double? = nil, margin: Int? = nil,
    componentRatio: Double? = nil, coarseFusion: Fusion? = nil, fineFusion: Fusion? = nil,
    quality: Quality = .exact, precision: Precision = .auto, wantsViewMasks: Bool = false, initialMask: LabelMap? = nil,
    initialBox: VoxelBox? = nil, isolation: Isolation? = nil, memoryBudget: Int? = nil
  ) {
    self.label = label
    self.threads = threads
    self.rounds = rounds
    self.threshold = threshold
    self.margin = margin
    self.componentRatio = componentRatio
    (self.coarseFusion, self.fineFusion) = (coarseFusion, fineFusion)
    (self.quality, self.precision) = (quality, precision)
    self.wantsViewMasks = wantsViewMasks
    (self.initialMask, self.initialBox) = (initialMask, initialBox)
    self.isolation = isolation
    self.memoryBudget = memoryBudget
  }

  /// Calls `body` with the C struct, whose pointers live that long.
  func withCRequest<Result>(_ body: (UnsafePointer<islet_request>) -> Result) -> Result {
    guard let initialMask else {
      var request = cRequest
      return body(&request)
    }
    return initialMask.labels.withUnsafeBufferPointer { mask in
      var request = cRequest
      request.initial_mask = mask.baseAddress
      request.initial_mask_bytes = UInt64(mask.count)
      return body(&request)
    }
  }

  /// The numbers of the C struct; those that do not fit become the largest, which the plugin refuses in its own words.
  private var cRequest: islet_request {
    var request = islet_request()
    request.struct_size = UInt32(MemoryLayout<islet_request>.size)
    request.label = UInt32(exactly: label ?? 0) ?? .max
    request.threads = UInt32(exactly: threads ?? 0) ?? .max
    request.quality = quality == .fast ? ISLET_QUALITY_FAST : ISLET_QUALITY_EXACT
    request.precision =
      switch precision {
      case .auto: ISLET_PRECISION_AUTO
      case .float32: ISLET_PRECISION_FLOAT32
      case .bfloat16: ISLET_PRECISION_BFLOAT16
      case .int8: ISLET_PRECISION_INT8
      }
    request.isolation =
      switch isolation {
      case nil: ISLET_ISOLATION_DEFAULT
      case .some(.process): ISLET_ISOLATION_PROCESS
      case .some(.none): ISLET_ISOLATION_NONE
      }
    request.memory_budget_bytes = UInt64(exactly: memoryBudget ?? 0) ?? 0
    if let rounds {
      request.overrides |= ISLET_OVERRIDE_ROUNDS
      request.rounds = UInt32(exactly: rounds) ?? .max
    }
    if let threshold {
      request.overrides |= ISLET_OVERRIDE_THRESHOLD
      request.threshold = threshold
    }
    if let margin {
      request.overrides |= ISLET_OVERRIDE_MARGIN
      request.margin = UInt32(exactly: margin) ?? .max
    }
    if let componentRatio {
      request.overrides |= ISLET_OVERRIDE_COMPONENT_RATIO
      request.component_ratio = componentRatio
    }
    request.coarse_fusion = Self.cFusion(coarseFusion)
    request.fine_fusion = Self.cFusion(fineFusion)
    if let initialBox {
      let (x, y, z) = (initialBox.x, initialBox.y, initialBox.z)
      func wide(_ number: Int) -> UInt64 { UInt64(exactly: number) ?? .max }
      request.initial_box_first = (wide(x.lowerBound), wide(y.lowerBound), wide(z.lowerBound))
      // Not `count`, which traps where the difference does not fit.
      func size(_ range: Range<Int>) -> UInt64 {
        let (count, overflows) = range.upperBound.subtractingReportingOverflow(range.lowerBound)
        return overflows ? .max : wide(count)
      }
      request.initial_box_size = (size(x), size(y), size(z))
    }
    return request
  }
  private static func cFusion(_ fusion: Fusion?) -> UInt32 {
    switch fusion {
    case nil: ISLET_FUSION_DEFAULT
    case .majority: ISLET_FUSION_MAJORITY
    case .mean: ISLET_FUSION_MEAN
    }
  }
}
