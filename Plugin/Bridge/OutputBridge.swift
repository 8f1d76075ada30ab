import CIslet
import CoarseToFine
import Confidence
import Segmentation
import Volumes

/// The host's output buffers, checked against the volume's size before any work is done.
struct OutputBuffers {
  private enum Probability {
    case none
    case bytes(UnsafeMutableRawPointer)
    case floats(UnsafeMutableRawPointer)
  }

  private let mask: UnsafeMutablePointer<UInt8>
  private let probability: Probability
  /// NULL when the host does not ask which views found the organ.
  let viewMasks: UnsafeMutablePointer<UInt8>?
  private let voxelCount: Int

  init(_ output: islet_output, voxelCount: Int) throws(BridgeError) {
    let count = UInt64(voxelCount)
    guard let mask = output.mask else {
      throw BridgeError(status: ISLET_ERROR_OUTPUT, message: "output: mask is NULL, expected \(count) bytes")
    }
    guard output.mask_bytes >= count else {
      throw BridgeError(
        status: ISLET_ERROR_OUTPUT, message: "output: mask has \(output.mask_bytes) bytes, expected \(count)")
    }
    guard output.view_masks == nil || output.view_masks_bytes >= count else {
      throw BridgeError(
        status: ISLET_ERROR_OUTPUT,
        message: "output: view_masks has \(output.view_masks_bytes) bytes, expected \(count)")
    }
    self.mask = mask
    viewMasks = output.view_masks
    self.voxelCount = voxelCount
    guard let buffer = output.probability else {
      probability = .none
      return
    }
    let needed: UInt64
    switch output.probability_type {
    case ISLET_ELEMENT_UINT8: (probability, needed) = (.bytes(buffer), count)
    case ISLET_ELEMENT_FLOAT32: (probability, needed) = (.floats(buffer), count * 4)
    default:
      throw BridgeError(
        status: ISLET_ERROR_OUTPUT,
        message:
          "output: probability_type is \(output.probability_type), expected ISLET_ELEMENT_UINT8 or ISLET_ELEMENT_FLOAT32"
      )
    }
    guard output.probability_bytes >= needed else {
      throw BridgeError(
        status: ISLET_ERROR_OUTPUT,
        message: "output: probability has \(output.probability_bytes) bytes, expected \(needed)")
    }
  }

  /// Copies mask and probability into the host's memory, packed, axis 0 fastest.
  func fill(with result: SegmentationResult) {
    precondition(result.mask.labels.count == voxelCount && result.probability.count == voxelCount)
    result.mask.labels.withUnsafeBufferPointer { labels in
      guard let base = labels.baseAddress else { return }
      mask.update(from: base, count: voxelCount)
    }
    result.viewMasks?.withUnsafeBufferPointer { bits in
      guard let base = bits.baseAddress, bits.count == voxelCount else { return }
      viewMasks?.update(from: base, count: voxelCount)
    }
    result.probability.withUnsafeBytes { bytes in
      switch probability {
      case .none: break
      case .bytes(let buffer):
        if let base = bytes.baseAddress { buffer.copyMemory(from: base, byteCount: voxelCount) }
      case .floats(let buffer):
        for index in 0..<voxelCount {
          buffer.storeBytes(of: Float(bytes[index]) / 255, toByteOffset: index * 4, as: Float.self)
        }
      }
    }
  }
}

extension islet_output {
  /// Fills the second block of the struct.
  mutating func summarise(_ result: SegmentationResult) {
    end =
      switch result.end {
      case .converged: ISLET_END_CONVERGED
      case .roundsUsedUp: ISLET_END_ROUNDS_USED_UP
      case .collapsed: ISLET_END_COLLAPSED
      case .empty: ISLET_END_EMPTY
      }
    rounds = UInt32(clamping: result.rounds.count)
    flags = result.flags.rawValue
    voxels = UInt64(clamping: result.voxels)
    volume_ml = result.volumeMillilitres
    dsc_to_previous = result.rounds.last?.diceToPrevious ?? .nan
    view_agreement = result.viewAgreement ?? .nan
    predicted_dsc = result.confidence?.estimate ?? .nan
    predicted_dsc_lower = result.confidence?.lower90 ?? .nan
    grade =
      switch result.confidence?.grade {
      case nil, .some(.none): ISLET_GRADE_NONE
      case .low: ISLET_GRADE_LOW
      case .moderate: ISLET_GRADE_MODERATE
      case .high: ISLET_GRADE_HIGH
      }
    reserved = 0
  }
}
