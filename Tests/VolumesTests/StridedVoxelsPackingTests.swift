import Testing
import Volumes

/// Packing for another process: every layout of the same voxels gives the same bytes.
@Suite struct StridedVoxelsPackingTests {
  @Test(arguments: AxisOrder.all) func everyOrderOfTheAxesIsPackedAsAVolumeIs(_ order: AxisOrder) throws {
    let size = try #require(VolumeSize(x: 5, y: 4, z: 3))
    let values = (0..<60).map { Int16($0 * 7 - 200) }
    try values.withUnsafeBytes { bytes in
      let voxels = try StridedVoxels(element: .int16, base: try #require(bytes.baseAddress), size: size)
        .reordered(by: order)
      #expect(Self.packed(voxels, as: Int16.self) == order.reordering(values, of: size))
    }
  }

  @Test func paddedRowsAndFourByteElementsArriveBitByBit() throws {
    let size = try #require(VolumeSize(x: 2, y: 2, z: 1))
    let values: [Float] = [1.5, -.nan, 99, .infinity, 0.1, 99]
    try values.withUnsafeBytes { bytes in
      let voxels = try StridedVoxels(
        element: .float32, base: try #require(bytes.baseAddress), size: size, byteStrides: SIMD3(4, 12, 24))
      #expect(
        Self.packed(voxels, as: UInt32.self) == [values[0], values[1], values[3], values[4]].map(\.bitPattern))
    }
  }

  private static func packed<Word: BitwiseCopyable>(_ voxels: StridedVoxels, as type: Word.Type) -> [Word] {
    [Word](unsafeUninitializedCapacity: voxels.size.voxelCount) { words, count in
      if let base = words.baseAddress.map({ UnsafeMutableRawPointer($0) }) {
        let slice = voxels.packedByteCount / voxels.size.z
        for z in 0..<voxels.size.z { voxels.copyPackedSlice(z, to: base + z * slice) }
      }
      count = voxels.size.voxelCount
    }
  }
}
