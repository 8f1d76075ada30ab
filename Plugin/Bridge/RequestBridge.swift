import CIslet
import Segmentation
import Volumes

extension SegmentationRequest {
  /// Translates a request; NULL means all defaults. What this plugin does not know is refused, not ignored.
  init(_ request: islet_request?) throws(BridgeError) {
    self.init()
    guard let request else { return }
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
    let known = ISLET_OVERRIDE_ROUNDS | ISLET_OVERRIDE_THRESHOLD | ISLET_OVERRIDE_MARGIN
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
  }

  /// Copies the host's initial mask, when it gives one; it must have a byte for each voxel of the volume.
  mutating func take(initialMaskOf request: islet_request?, size: VolumeSize) throws(BridgeError) {
    guard let request, let mask = request.initial_mask else { return }
    guard request.initial_mask_bytes == UInt64(size.voxelCount),
      let copy = LabelMap(size: size, labels: Array(UnsafeBufferPointer(start: mask, count: size.voxelCount)))
    else {
      throw Self.refusal(
        "initial_mask has \(request.initial_mask_bytes) bytes",
        "\(size.voxelCount), one for each of the volume's \(size.x) x \(size.y) x \(size.z) voxels")
    }
    initialMask = copy
  }

  private static func refusal(_ found: String, _ expected: String) -> BridgeError {
    BridgeError(status: ISLET_ERROR_REQUEST, message: "request: \(found), expected \(expected)")
  }
}
