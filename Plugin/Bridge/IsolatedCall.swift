import CIslet
import Isolation
import Volumes

/// A checked call of `segment` on its way through shared memory: what the host's process does with its buffers.
struct IsolatedCall {
  let volume: islet_volume
  let voxels: StridedVoxels
  let request: islet_request
  let output: islet_output

  /// Bytes of shared memory that the call takes.
  func byteCount(observes: Bool) -> Int { sizes(observes: observes).byteCount }

  /// The body of the message that starts the call.
  func message(observes: Bool) -> MessageBytes {
    var body = MessageBytes()
    body.append(volume)
    body.append(request)
    body.append(output)
    body.append(observes)
    return body
  }

  /// The parts of the call, in bytes.
  func sizes(observes: Bool) -> CallMemory.Sizes {
    CallMemory.Sizes(
      voxelCount: voxels.size.voxelCount, elementBytes: voxels.element.byteCount, request: request,
      output: output, observes: observes)
  }

  /// Copies voxels and initial mask into shared memory; false when `isCancelled` said so.
  func write(to memory: SharedMemory, _ layout: CallMemory, isCancelled: () -> Bool) -> Bool {
    guard let target = memory.bytes(layout.voxels)?.baseAddress else { return false }
    let sliceBytes = voxels.size.x * voxels.size.y * voxels.element.byteCount
    for z in 0..<voxels.size.z {
      if isCancelled() { return false }
      voxels.copyPackedSlice(z, to: target + z * sliceBytes)
    }
    if let mask = request.initial_mask, let target = memory.bytes(layout.initialMask)?.baseAddress {
      target.copyMemory(from: mask, byteCount: layout.initialMask.count)
    }
    return true
  }

  /// Copies the results out of shared memory; the struct for the host, with the second block of `summary`.
  func take(from memory: SharedMemory, _ layout: CallMemory, summary: islet_output) -> islet_output {
    func copy(_ region: Range<Int>, to target: UnsafeMutableRawPointer?) {
      guard let target, let bytes = memory.bytes(region), let base = bytes.baseAddress else { return }
      target.copyMemory(from: base, byteCount: bytes.count)
    }
    copy(layout.mask, to: UnsafeMutableRawPointer(output.mask))
    copy(layout.probability, to: output.probability)
    copy(layout.viewMasks, to: UnsafeMutableRawPointer(output.view_masks))
    var filled = summary
    filled.struct_size = output.struct_size
    filled.probability_type = output.probability_type
    (filled.mask, filled.mask_bytes) = (output.mask, output.mask_bytes)
    (filled.probability, filled.probability_bytes) = (output.probability, output.probability_bytes)
    (filled.view_masks, filled.view_masks_bytes) = (output.view_masks, output.view_masks_bytes)
    return filled
  }
}

extension CallMemory.Sizes {
  /// The parts of a call whose structs were checked; both processes ask with the same ones.
  init(voxelCount: Int, elementBytes: Int, request: islet_request, output: islet_output, observes: Bool) {
    self.init()
    voxels = voxelCount * elementBytes
    initialMask = request.initial_mask == nil ? 0 : voxelCount
    mask = voxelCount
    if output.probability != nil {
      probability = voxelCount * (output.probability_type == ISLET_ELEMENT_FLOAT32 ? 4 : 1)
    }
    viewMasks = output.view_masks == nil ? 0 : voxelCount
    if observes { (passMask, passViewMasks) = (voxelCount, voxelCount) }
  }

  /// The parts of a call that asks for everything but a float32 probability: what `plan` counts.
  init(ofUsualCallWith voxels: StridedVoxels, hasInitialMask: Bool, observes: Bool) {
    self.init()
    let voxelCount = voxels.size.voxelCount
    self.voxels = voxels.packedByteCount
    initialMask = hasInitialMask ? voxelCount : 0
    (mask, probability, viewMasks) = (voxelCount, voxelCount, voxelCount)
    if observes { (passMask, passViewMasks) = (voxelCount, voxelCount) }
  }

  /// Bytes of all parts on their pages; what no machine has when they do not fit an address space.
  var byteCount: Int { CallMemory(self)?.byteCount ?? 1 << 50 }
}
