import CIslet

/// A host's output buffers, each ending directly at a forbidden page.
struct OutputArea {
  let mask: GuardedMemory
  let probability: GuardedMemory?
  let viewMasks: GuardedMemory?
  /// The struct that a call is given; a test may spoil it first.
  var islet: islet_output

  init(
    voxelCount: Int, probabilityType: UInt32? = ISLET_ELEMENT_UINT8, wantsViewMasks: Bool = true,
    side: GuardedMemory.Side = .end
  ) throws(Finding) {
    mask = try GuardedMemory(byteCount: voxelCount, flushWith: side)
    if let probabilityType {
      probability = try GuardedMemory(
        byteCount: probabilityType == ISLET_ELEMENT_FLOAT32 ? 4 * voxelCount : voxelCount, flushWith: side)
    } else {
      probability = nil
    }
    viewMasks = wantsViewMasks ? try GuardedMemory(byteCount: voxelCount, flushWith: side) : nil
    islet = islet_output()
    islet.struct_size = UInt32(MemoryLayout<islet_output>.size)
    islet.probability_type = probabilityType ?? 77  // ignored without a buffer
    islet.mask = mask.base.assumingMemoryBound(to: UInt8.self)
    islet.mask_bytes = UInt64(mask.byteCount)
    islet.probability = probability?.base
    islet.probability_bytes = UInt64(probability?.byteCount ?? 0)
    islet.view_masks = viewMasks?.base.assumingMemoryBound(to: UInt8.self)
    islet.view_masks_bytes = UInt64(viewMasks?.byteCount ?? 0)
  }

  /// Whether nothing was written beside the buffers.
  var isIntactAround: Bool {
    mask.isIntactAround && probability?.isIntactAround ?? true && viewMasks?.isIntactAround ?? true
  }

  /// Fills every buffer with canaries again.
  func refill() {
    for buffer in [mask, probability, viewMasks] { buffer?.refill() }
  }

  /// What a call has written.
  var result: SegmentationResult {
    SegmentationResult(
      mask: mask.bytes, probability: probability?.bytes, viewMasks: viewMasks?.bytes, summary: Summary(islet))
  }
}

/// Mask, maps and summary of one run, for comparing two of them bit by bit.
struct SegmentationResult: Equatable {
  var mask: [UInt8]
  var probability: [UInt8]?
  var viewMasks: [UInt8]?
  var summary: Summary

  /// What differs from another result; nil when every bit is the same. Maps that one of them lacks do not count.
  func difference(to other: SegmentationResult) -> String? {
    let voxels = zip(mask, other.mask).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
    if mask.count != other.mask.count || voxels > 0 { return "\(voxels) of \(mask.count) voxels of the mask differ" }
    if let probability, let others = other.probability, probability != others { return "the probability differs" }
    if let viewMasks, let others = other.viewMasks, viewMasks != others { return "the view masks differ" }
    return summary == other.summary ? nil : "the summary differs: \(summary) and \(other.summary)"
  }
}

/// The second block of `islet_output`, its numbers as bits so that NaN equals NaN.
struct Summary: Equatable {
  let end: UInt32, rounds: UInt32, flags: UInt64, voxels: UInt64, volume: UInt64
  let agreement: UInt64, predicted: UInt64, lower: UInt64, toPrevious: UInt64, grade: UInt32

  init(_ output: islet_output) {
    (end, rounds, flags, voxels) = (output.end, output.rounds, output.flags, output.voxels)
    volume = output.volume_ml.bitPattern
    (agreement, toPrevious) = (output.view_agreement.bitPattern, output.dsc_to_previous.bitPattern)
    (predicted, lower) = (output.predicted_dsc.bitPattern, output.predicted_dsc_lower.bitPattern)
    grade = output.grade
  }
}
