import CIslet
import Segmentation
import Volumes

extension SegmentationRequest {
  /// Translates a request, all but its initial region. What this plugin does not know is refused, not ignored.
  init(_ request: islet_request) throws(BridgeError) {
    self.init()
    switch request.quality {
    case ISLET_QUALITY_DEFAULT, ISLET_QUALITY_EXACT: quality = .exact
    case ISLET_QUALITY_FAST: quality = .fast
    default: throw Self.refusal("quality \(request.quality) is unknown here", "ISLET_QUALITY_*")
    }
    switch request.precision {
    case ISLET_PRECISION_AUTO: precision = nil
    case ISLET_PRECISION_FLOAT32: precision = .float32
    case ISLET_PRECISION_BFLOAT16: precision = .bfloat16
    case ISLET_PRECISION_INT8: precision = .int8
    default: throw Self.refusal("precision \(request.precision) is unknown here", "ISLET_PRECISION_*")
    }
    let known =
      ISLET_OVERRIDE_ROUNDS | ISLET_OVERRIDE_THRESHOLD | ISLET_OVERRIDE_MARGIN | ISLET_OVERRIDE_COMPONENT_RATIO
    guard request.overrides & ~known == 0 else {
      throw Self.refusal("override bits \(request.overrides) are unknown here", "bits of ISLET_OVERRIDE_*")
    }
    guard request.isolation <= ISLET_ISOLATION_PROCESS else {
      throw Self.refusal("isolation \(request.isolation) is unknown here", "ISLET_ISOLATION_*")
    }
    if request.memory_budget_bytes != 0 { memoryBudget = Int(clamping: request.memory_budget_bytes) }
    if request.label != 0 { label = Int(request.label) }
    if request.threads != 0 { threads = Int(request.threads) }
    if request.overrides & ISLET_OVERRIDE_ROUNDS != 0 {
      guard request.rounds <= 100 else { throw Self.refusal("rounds is \(request.rounds)", "0 to 100") }
      rounds = Int(request.rounds)
    }
    if request.overrides & ISLET_OVERRIDE_THRESHOLD != 0 {
      guard request.threshold >= 0, request.threshold <= 1 else {
        throw Self.refusal("threshold is \(request.threshold)", "0 to 1")
      }
      threshold = request.threshold
    }
    if request.overrides & ISLET_OVERRIDE_MARGIN != 0 {
      guard request.margin <= 512 else { throw Self.refusal("margin is \(request.margin)", "0 to 512") }
      margin = Int(request.margin)
    }
    if request.overrides & ISLET_OVERRIDE_COMPONENT_RATIO != 0 {
      guard request.component_ratio >= 0, request.component_ratio <= 1 else {
        throw Self.refusal("component_ratio is \(request.component_ratio)", "0 (no filter) to 1")
      }
      componentFilter = request.component_ratio == 0 ? .off : .ratio(request.component_ratio)
    }
    coarseFusion = try Self.fusion(request.coarse_fusion)
    fineFusion = try Self.fusion(request.fine_fusion)
  }

  private static func fusion(_ rule: UInt32) throws(BridgeError) -> Fusion? {
    switch rule {
    case ISLET_FUSION_DEFAULT: return nil
    case ISLET_FUSION_MAJORITY: return .majority
    case ISLET_FUSION_MEAN: return .mean
    default: throw refusal("fusion \(rule) is unknown here", "ISLET_FUSION_*")
    }
  }

  fileprivate static func refusal(_ found: String, _ expected: String) -> BridgeError {
    BridgeError(status: ISLET_ERROR_REQUEST, message: "request: \(found), expected \(expected)")
  }
}

// What a user drew, to start from in place of the coarse pass.
extension islet_request {
  /// A host's request; all defaults for NULL, nil when it is shorter than any version's.
  init?(readingOrDefault pointer: UnsafePointer<islet_request>?) {
    guard let pointer else {
      self.init()
      return
    }
    self.init(reading: pointer)
  }

  /// Whether a box is given: one side is not 0.
  var hasInitialBox: Bool { initial_box_size != (0, 0, 0) }

  /// Whether the run starts from a region, which must fit a volume of `size`.
  func checkInitialRegion(size: VolumeSize) throws(BridgeError) -> Bool {
    let voxels = "the volume's \(size.x) x \(size.y) x \(size.z) voxels"
    guard initial_mask == nil || initial_mask_bytes == UInt64(size.voxelCount) else {
      throw SegmentationRequest.refusal(
        "initial_mask has \(initial_mask_bytes) bytes", "\(size.voxelCount), one for each of \(voxels)")
    }
    guard hasInitialBox else { return initial_mask != nil }
    guard initial_mask == nil else {
      throw SegmentationRequest.refusal("an initial mask and an initial box", "one of them")
    }
    guard initialBox(size: size) != nil else {
      let (first, sides) = (initial_box_first, initial_box_size)
      throw SegmentationRequest.refusal(
        "the initial box has \(sides.0) x \(sides.1) x \(sides.2) voxels from (\(first.0), \(first.1), \(first.2)) on",
        "at least 1 x 1 x 1 and all of them among \(voxels)")
    }
    return true
  }

  /// The region, checked before; nil when there is none. Valid as long as the host's mask.
  func initialRegion(size: VolumeSize) -> InitialRegion? {
    if let initial_mask {
      return .labels(UnsafeBufferPointer(start: initial_mask, count: size.voxelCount), size: size)
    }
    return initialBox(size: size).map { .box($0) }
  }

  private func initialBox(size: VolumeSize) -> VoxelBox? {
    func range(_ first: UInt64, _ count: UInt64, _ end: Int) -> Range<Int>? {
      guard count >= 1, first < UInt64(end), count <= UInt64(end) - first else { return nil }
      return Int(first)..<Int(first + count)
    }
    guard hasInitialBox, let x = range(initial_box_first.0, initial_box_size.0, size.x),
      let y = range(initial_box_first.1, initial_box_size.1, size.y),
      let z = range(initial_box_first.2, initial_box_size.2, size.z)
    else { return nil }
    return VoxelBox(x: x, y: y, z: z)
  }
}
