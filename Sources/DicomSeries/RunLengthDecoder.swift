/// RLE frames of DICOM (PS3.5, annex G): one PackBits segment per byte of a pixel, the highest byte first.
enum RunLengthDecoder {
  /// Decodes one fragment to little-endian words; nil when a segment gives another number of bytes than there are pixels.
  static func decode(_ fragment: [UInt8], pixelCount: Int, bytesPerPixel: Int) -> [UInt8]? {
    func word(_ offset: Int) -> Int {
      (0..<4).reduce(0) { $0 | Int(fragment[offset + $1]) << (8 * $1) }
    }
    guard fragment.count >= 64, word(0) == bytesPerPixel else { return nil }
    var output = [UInt8](repeating: 0, count: pixelCount * bytesPerPixel)
    for segment in 0..<bytesPerPixel {
      let start = word(4 + 4 * segment)
      let end = segment + 1 < bytesPerPixel ? word(8 + 4 * segment) : fragment.count
      guard start >= 64, start <= end, end <= fragment.count,
        unpack(
          fragment[start..<end], into: &output, from: bytesPerPixel - 1 - segment, step: bytesPerPixel, pixelCount)
      else { return nil }
    }
    return output
  }

  /// True when the segment fills exactly `count` places; bytes that follow are padding.
  private static func unpack(
    _ segment: ArraySlice<UInt8>, into output: inout [UInt8], from first: Int, step: Int, _ count: Int
  ) -> Bool {
    var input = segment.startIndex
    var filled = 0
    while filled < count {
      guard input < segment.endIndex else { return false }
      let control = Int(Int8(bitPattern: segment[input]))
      input += 1
      if control >= 0 {
        guard control < count - filled, control < segment.endIndex - input else { return false }
        for index in 0...control { output[first + (filled + index) * step] = segment[input + index] }
        input += control + 1
        filled += control + 1
      } else if control > -128 {
        guard -control < count - filled, input < segment.endIndex else { return false }
        for index in 0...(-control) { output[first + (filled + index) * step] = segment[input] }
        input += 1
        filled += 1 - control
      }
    }
    return true
  }
}
