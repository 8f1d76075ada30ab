@testable import Volumes

/// Bytes of a host's buffer and where voxel (0, 0, 0) lies in it.
struct HostBuffer {
  var bytes: [UInt8]
  var firstByte: Int
  var strides: SIMD3<Int>

  /// A buffer with gaps, reversed axes as asked and an odd first address.
  init(_ size: VolumeSize, element: StridedVoxels.Element, reversed: [Bool], generator: inout SeededGenerator) {
    let width = element.byteCount
    let x = width + 3
    let y = x * size.x + 5
    let z = y * size.y + 7
    bytes = (0..<z * size.z + 1).map { _ in UInt8.random(in: 0...255, using: &generator) }
    firstByte = 1
    strides = [x, y, z]
    for axis in Axis.allCases where reversed[axis.rawValue] {
      firstByte += strides[axis.rawValue] * (size[axis] - 1)
      strides[axis.rawValue] = -strides[axis.rawValue]
    }
  }

  mutating func store(_ pattern: UInt32, at index: SIMD3<Int>, width: Int) {
    let start = firstByte + (index &* strides).wrappedSum()
    for byte in 0..<width { bytes[start + byte] = UInt8(truncatingIfNeeded: pattern >> UInt32(8 * byte)) }
  }
}

extension HostBuffer {
  /// A host's random voxels in such a buffer.
  static func random(
    _ size: VolumeSize, _ element: StridedVoxels.Element, reversed: [Bool], generator: inout SeededGenerator
  ) -> HostBuffer {
    var host = HostBuffer(size, element: element, reversed: reversed, generator: &generator)
    for index in size.indices {
      let pattern =
        element == .float32
        ? Float.random(in: -3000...3000, using: &generator).bitPattern
        : UInt32.random(in: 0...UInt32.max, using: &generator)
      host.store(pattern, at: index, width: element.byteCount)
    }
    return host
  }
}
