/// Sorting the bytes of numbers into planes, so that LZ4 finds the repetition in their signs and exponents.
///
/// Number i's byte b moves from i * width + b to b * count + i. The buffers must have the same size, a multiple of `width`.
enum ByteShuffle {
  /// Numbers -> planes.
  static func shuffle(
    _ numbers: UnsafeRawBufferPointer, into planes: UnsafeMutableRawBufferPointer, width: Int
  ) {
    precondition(numbers.count == planes.count && numbers.count % width == 0)
    guard let source = numbers.baseAddress, let target = planes.baseAddress else { return }
    let count = numbers.count / width
    for byte in 0..<width {
      let plane = target.assumingMemoryBound(to: UInt8.self) + byte * count
      let first = source.assumingMemoryBound(to: UInt8.self) + byte
      for index in 0..<count { plane[index] = first[index &* width] }
    }
  }

  /// Planes -> numbers.
  static func unshuffle(
    _ planes: UnsafeRawBufferPointer, into numbers: UnsafeMutableRawBufferPointer, width: Int
  ) {
    precondition(numbers.count == planes.count && numbers.count % width == 0)
    guard let source = planes.baseAddress, let target = numbers.baseAddress else { return }
    let count = numbers.count / width
    let plane = source.assumingMemoryBound(to: UInt8.self)
    switch width {
    case 2:
      let number = target.assumingMemoryBound(to: UInt16.self)
      for index in 0..<count {
        number[index] = UInt16(littleEndian: UInt16(plane[index]) | UInt16(plane[count &+ index]) << 8)
      }
    case 4:
      let number = target.assumingMemoryBound(to: UInt32.self)
      for index in 0..<count {
        let low = UInt32(plane[index]) | UInt32(plane[count &+ index]) << 8
        let high = UInt32(plane[2 &* count &+ index]) | UInt32(plane[3 &* count &+ index]) << 8
        number[index] = UInt32(littleEndian: low | high << 16)
      }
    default:
      let byte = target.assumingMemoryBound(to: UInt8.self)
      for offset in 0..<width {
        for index in 0..<count { byte[index &* width &+ offset] = plane[offset &* count &+ index] }
      }
    }
  }
}
