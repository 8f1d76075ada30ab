/// Stored values of one frame to whole HU: the bits that count, the rescale, halves to even, clamped to Int16.
struct StoredValues {
  let bitsAllocated: Int
  let isSigned: Bool
  let isBigEndian: Bool
  /// Bits above HighBit may hold overlays: shifting up and down again drops them and extends the sign.
  private let up: Int
  private let down: Int
  private let slope: Double
  private let intercept: Double

  init(_ frame: FrameRecord, isBigEndian: Bool) {
    self.init(
      frame.header.pixels, slope: frame.slope, intercept: frame.intercept, isBigEndian: isBigEndian)
  }

  init(_ pixels: PixelDescription, slope: Double, intercept: Double, isBigEndian: Bool) {
    (bitsAllocated, isSigned, self.isBigEndian) = (pixels.bitsAllocated, pixels.isSigned, isBigEndian)
    up = pixels.bitsAllocated - 1 - pixels.highBit
    down = pixels.bitsAllocated - pixels.bitsStored
    (self.slope, self.intercept) = (slope, intercept)
  }

  /// Lets `fill` write the stored values of a slice and turns them into HU.
  ///
  /// Words of 16 bits are filled into the slice itself and converted in place: no second buffer, no copy.
  func fill(
    _ plane: UnsafeMutableBufferPointer<Int16>,
    from fill: (UnsafeMutableRawBufferPointer) throws(DicomError) -> Void
  ) throws(DicomError) {
    guard bitsAllocated != 16 else {
      try fill(UnsafeMutableRawBufferPointer(plane))
      return convertWords(plane)
    }
    var stored = [UInt8](repeating: 0, count: plane.count * (bitsAllocated / 8))
    try stored.withUnsafeMutableBufferPointer { bytes throws(DicomError) in
      try fill(UnsafeMutableRawBufferPointer(bytes))
    }
    stored.withUnsafeBytes { bytes in
      switch (bitsAllocated, isSigned) {
      case (8, false): convert(UInt8.self, bytes, into: plane)
      case (8, true): convert(Int8.self, bytes, into: plane)
      case (_, false): convert(UInt32.self, bytes, into: plane)
      case (_, true): convert(Int32.self, bytes, into: plane)
      }
    }
  }

  private func convertWords(_ plane: UnsafeMutableBufferPointer<Int16>) {
    if isBigEndian { for index in plane.indices { plane[index] = plane[index].byteSwapped } }
    let bytes = UnsafeRawBufferPointer(plane)
    // Nearly every CT has slope 1 and a whole intercept: whole numbers then, which vectorise.
    guard slope == 1, intercept.magnitude <= 65536, intercept == intercept.rounded() else {
      return isSigned ? convert(Int16.self, bytes, into: plane) : convert(UInt16.self, bytes, into: plane)
    }
    let offset = Int32(intercept)
    let (up, down) = (Int16(up), Int16(down))
    if isSigned {
      for index in plane.indices {
        let value = Int32((plane[index] &<< up) &>> down) &+ offset
        plane[index] = Int16(truncatingIfNeeded: max(-32768, min(32767, value)))
      }
    } else {
      let (up, down) = (UInt16(up), UInt16(down))
      for index in plane.indices {
        let value = Int32((UInt16(bitPattern: plane[index]) &<< up) &>> down) &+ offset
        plane[index] = Int16(truncatingIfNeeded: max(-32768, min(32767, value)))
      }
    }
  }

  /// `plane` may be the memory of `bytes` when their words have the same size.
  @inline(__always)
  private func convert<Stored: FixedWidthInteger & BitwiseCopyable>(
    _: Stored.Type, _ bytes: UnsafeRawBufferPointer, into plane: UnsafeMutableBufferPointer<Int16>
  ) {
    precondition(bytes.count == plane.count * MemoryLayout<Stored>.size)
    for index in plane.indices {
      let word = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Stored>.size, as: Stored.self)
      let value = (Double((word << up) >> down) * slope + intercept).rounded(.toNearestOrEven)
      plane[index] = Int16(max(-32768, min(32767, value)))
    }
  }
}
