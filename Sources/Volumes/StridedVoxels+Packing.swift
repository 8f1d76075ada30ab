extension StridedVoxels {
  /// Bytes of all voxels without gaps.
  public var packedByteCount: Int { size.voxelCount * element.byteCount }

  /// Copies slice z without gaps, x fastest, in the host's own element type; nothing is converted or rescaled.
  ///
  /// `destination` must hold `size.x * size.y` elements; `z` must lie inside. Cost: one pass, by rows where x is dense.
  public func copyPackedSlice(_ z: Int, to destination: UnsafeMutableRawPointer) {
    precondition((0..<size.z).contains(z))
    let bytes = element.byteCount
    for y in 0..<size.y {
      let row = base + byteStrides.z * z + byteStrides.y * y
      let target = destination + y * size.x * bytes
      if byteStrides.x == bytes {
        target.copyMemory(from: row, byteCount: size.x * bytes)
      } else if bytes == 2 {
        Self.gather(UInt16.self, from: row, stride: byteStrides.x, count: size.x, to: target)
      } else {
        Self.gather(UInt32.self, from: row, stride: byteStrides.x, count: size.x, to: target)
      }
    }
  }

  /// Whole words of an element's size, whatever it means: NaN patterns stay as they are.
  private static func gather<Word: BitwiseCopyable>(
    _ type: Word.Type, from row: UnsafeRawPointer, stride: Int, count: Int, to target: UnsafeMutableRawPointer
  ) {
    for x in 0..<count {
      target.storeBytes(
        of: row.loadUnaligned(fromByteOffset: x * stride, as: type), toByteOffset: x * MemoryLayout<Word>.size, as: type
      )
    }
  }
}
