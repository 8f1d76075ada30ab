import CIslet
import Volumes

/// A host's volume as Swift values, everything checked that could be wrong with it but the voxels themselves.
struct HostVolume {
  let voxels: StridedVoxels
  let geometry: VolumeGeometry

  init(_ volume: islet_volume) throws(BridgeError) {
    guard let base = volume.voxels else {
      throw BridgeError(status: ISLET_ERROR_ARGUMENT, message: "volume: voxels is NULL")
    }
    let element = try Self.element(volume.element_type)
    let size = try Self.size(volume.size)
    let strides = volume.stride_bytes
    let isPacked = strides == (0, 0, 0)
    do throws(VolumeError) {
      voxels = try StridedVoxels(
        element: element, base: base, size: size,
        byteStrides: isPacked ? nil : SIMD3(Int(strides.0), Int(strides.1), Int(strides.2)),
        slope: volume.rescale_slope == 0 ? 1 : volume.rescale_slope, intercept: volume.rescale_intercept)
    } catch {
      throw Self.refusal(error.message)
    }
    do throws(VolumeGeometry.Invalid) {
      geometry = try VolumeGeometry(
        size: size, spacing: SIMD3(volume.spacing_mm.0, volume.spacing_mm.1, volume.spacing_mm.2),
        origin: SIMD3(volume.origin_lps_mm.0, volume.origin_lps_mm.1, volume.origin_lps_mm.2),
        direction: Self.direction(volume))
    } catch {
      throw Self.refusal(error.description)
    }
  }

  private static func element(_ type: UInt32) throws(BridgeError) -> StridedVoxels.Element {
    switch type {
    case ISLET_ELEMENT_INT16: return .int16
    case ISLET_ELEMENT_UINT16: return .uint16
    case ISLET_ELEMENT_INT32: return .int32
    case ISLET_ELEMENT_FLOAT32: return .float32
    default:
      throw refusal("element_type is \(type), expected ISLET_ELEMENT_INT16, _UINT16, _INT32 or _FLOAT32")
    }
  }

  private static func size(_ size: (UInt64, UInt64, UInt64)) throws(BridgeError) -> VolumeSize {
    guard
      let checked = VolumeSize(x: Int(clamping: size.0), y: Int(clamping: size.1), z: Int(clamping: size.2))
    else {
      throw refusal(
        "size is \(size.0) x \(size.1) x \(size.2), expected at least 1 each and at most "
          + "\(VolumeSize.largestVoxelCount) voxels")
    }
    return checked
  }

  private static func direction(_ volume: islet_volume) -> [SIMD3<Double>] {
    let d = volume.direction_lps
    let vectors = [SIMD3(d.0, d.1, d.2), SIMD3(d.3, d.4, d.5), SIMD3(d.6, d.7, d.8)]
    return vectors.allSatisfy { $0 == .zero } ? VolumeGeometry.identityDirection : vectors
  }

  private static func refusal(_ reason: String) -> BridgeError {
    BridgeError(status: ISLET_ERROR_VOLUME, message: "volume: \(reason)")
  }
}
