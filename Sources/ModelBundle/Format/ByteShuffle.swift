/// Sorting the bytes of numbers into planes, so that LZ4 finds the repetition in their signs and exponents.
///
/// Number i's byte b moves from i * width + b to b * count + i. The buffers must have the same size, a multiple of `width`.
enum ByteShuffle {
  /// Numbers -> planes; `ElementConversion.decode(planes:as:into:)` is the way back.
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
}
