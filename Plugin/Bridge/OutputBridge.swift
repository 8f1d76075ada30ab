import CIslet
import CoarseToFine
import Confidence
import Segmentation
import Volumes

/// The host's output buffers, checked against the volume's size before any work is done.
struct OutputBuffers {
  /// Where the run puts what it finds, packed, axis 0 fastest.
  let maps: ResultMaps

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
    func map(_ base: UnsafeMutableRawPointer, _ element: HostMap.Element = .uint8) -> HostMap {
      HostMap(
        UnsafeMutableRawBufferPointer(start: base, count: voxelCount * element.byteCount), element: element)
    }
    maps = ResultMaps(
      mask: map(mask), probability: try Self.probability(output, voxelCount: voxelCount).map { map($0, $1) },
      viewMasks: output.view_masks.map { map($0) })
  }

  /// The probability's buffer and what it takes; nil where the host asks for none.
  private static func probability(
    _ output: islet_output, voxelCount: Int
  ) throws(BridgeError) -> (UnsafeMutableRawPointer, HostMap.Element)? {
    guard let buffer = output.probability else { return nil }
    let element: HostMap.Element
    switch output.probability_type {
    case ISLET_ELEMENT_UINT8: element = .uint8
    case ISLET_ELEMENT_FLOAT32: element = .float32
    default:
      throw BridgeError(
        status: ISLET_ERROR_OUTPUT,
        message:
          "output: probability_type is \(output.probability_type), expected ISLET_ELEMENT_UINT8 or ISLET_ELEMENT_FLOAT32"
      )
    }
    let needed = UInt64(voxelCount * element.byteCount)
    guard output.probability_bytes >= needed else {
      throw BridgeError(
        status: ISLET_ERROR_OUTPUT,
        message: "output: probability has \(output.probability_bytes) bytes, expected \(needed)")
    }
    return (buffer, element)
  }
}

extension islet_output {
  /// Fills the second block of the struct.
  mutating func summarise(_ result: SegmentationSummary) {
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
