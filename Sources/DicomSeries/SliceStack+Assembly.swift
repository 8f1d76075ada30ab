import Volumes

extension SliceStack {
  /// Reads the stored values and applies each slice's rescale: whole HU, halves away from zero, clamped to Int16.
  ///
  /// Cost: one pass. Throws `readerMalformed` when the shared memory is shorter than announced.
  func assemble(from memory: VoxelMemory) throws(DicomError) -> Volume {
    var voxels = [Int16](repeating: 0, count: geometry.size.voxelCount)
    let planeCount = geometry.size.x * geometry.size.y
    for (z, frame) in frames.enumerated() {
      var stored = [UInt8](repeating: 0, count: frame.voxelByteCount)
      guard memory.read(at: frame.voxelOffset, into: &stored) else {
        throw DicomError(
          .readerMalformed, "\(frame.file): the helper islet-dicom gave fewer voxels than it announced; reinstall it")
      }
      voxels.withUnsafeMutableBufferPointer { all in
        stored.withUnsafeBytes { bytes in
          convert(
            frame, bytes, into: UnsafeMutableBufferPointer(rebasing: all[(z * planeCount)..<((z + 1) * planeCount)]))
        }
      }
    }
    guard let volume = Volume(geometry: geometry, voxels: voxels) else {
      throw DicomError(.readerMalformed, "the number of voxels does not match the slices")
    }
    return volume
  }

  private func convert(
    _ frame: FrameRecord, _ bytes: UnsafeRawBufferPointer, into plane: UnsafeMutableBufferPointer<Int16>
  ) {
    precondition(bytes.count == plane.count * frame.bitsAllocated / 8)
    switch (frame.bitsAllocated, frame.isSigned) {
    case (8, false): convert(UInt8.self, frame, bytes, into: plane)
    case (8, true): convert(Int8.self, frame, bytes, into: plane)
    case (16, false): convert(UInt16.self, frame, bytes, into: plane)
    case (16, true): convert(Int16.self, frame, bytes, into: plane)
    case (_, false): convert(UInt32.self, frame, bytes, into: plane)
    case (_, true): convert(Int32.self, frame, bytes, into: plane)
    }
  }

  @inline(__always)
  private func convert<Stored: FixedWidthInteger & BitwiseCopyable>(
    _: Stored.Type, _ frame: FrameRecord, _ bytes: UnsafeRawBufferPointer,
    into plane: UnsafeMutableBufferPointer<Int16>
  ) {
    // Bits above HighBit may hold overlays; shifting up and down again drops them and extends the sign.
    let up = frame.bitsAllocated - 1 - frame.highBit
    let down = frame.bitsAllocated - frame.bitsStored
    let (slope, intercept) = (frame.slope, frame.intercept)
    for index in plane.indices {
      let word = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self).littleEndian
      let value = (Double((word << up) >> down) * slope + intercept).rounded(.toNearestOrEven)
      plane[index] = Int16(max(-32768, min(32767, value)))
    }
  }
}
