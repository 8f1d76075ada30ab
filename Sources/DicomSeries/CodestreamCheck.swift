/// Looks at the ends of each frame's compressed stream: the right kind, the size that the header says, and not cut off.
///
/// A codec decodes a stream that stops early without an error, and another size than the header's into something else;
/// both are visible in the stream's own headers (ITU-T T.81, T.87, T.800). RLE is checked where it is decoded.
struct CodestreamCheck {
  /// Markers before the frame header; real streams have a handful.
  private static let mostSegments = 64

  private let source: any DicomBytes
  private let path: String
  private let syntax: TransferSyntax
  private let pixels: PixelDescription

  init(_ source: any DicomBytes, path: String, syntax: TransferSyntax, pixels: PixelDescription) {
    (self.source, self.path, self.syntax, self.pixels) = (source, path, syntax, pixels)
  }

  /// Throws `unreadableFile`.
  func check(_ fragments: [Range<Int>]) throws(DicomError) {
    guard pixels.bitsAllocated <= 16 else {
      throw refusal("has \(pixels.bitsAllocated) bits a pixel in compressed frames, expected 8 or 16")
    }
    // One frame may lie in several fragments; of several frames each has one, or nothing says where they end.
    guard fragments.count == pixels.frames || pixels.frames == 1 && !fragments.isEmpty else {
      throw refusal("Pixel Data (7FE0,0010) has \(fragments.count) fragments for \(pixels.frames) frames")
    }
    if syntax == .rle {
      guard fragments.count == pixels.frames else { throw wrongStart() }
      return
    }
    let isOneFrame = pixels.frames == 1
    for index in 0..<pixels.frames {
      let first = fragments[index]
      let last = isOneFrame ? fragments[fragments.count - 1] : first
      try syntax == .jpeg2000 || syntax == .jpeg2000Lossless ? checkJPEG2000(first) : checkJPEG(first)
      try checkEnd(last)
    }
  }

  /// SOI, segments, then the frame header of the syntax's process.
  private func checkJPEG(_ range: Range<Int>) throws(DicomError) {
    guard number(range.lowerBound, 2, in: range) == 0xFFD8 else { throw wrongStart() }
    let expected: Set<Int> =
      switch syntax {
      case .jpegBaseline: [0xC0]
      case .jpegExtended: [0xC0, 0xC1]
      case .jpegLS, .jpegLSNearLossless: [0xF7]
      default: [0xC3]
      }
    var offset = range.lowerBound + 2
    for _ in 0..<Self.mostSegments {
      guard let marker = number(offset, 2, in: range), marker >> 8 == 0xFF else { break }
      let kind = marker & 0xff
      if kind == 0xff {
        offset += 1
        continue
      }
      guard let length = number(offset + 2, 2, in: range), length >= 2 else { break }
      let isFrameHeader = (0xC0...0xCF).contains(kind) && ![0xC4, 0xC8, 0xCC].contains(kind) || kind == 0xF7
      if isFrameHeader {
        guard expected.contains(kind), let precision = number(offset + 4, 1, in: range),
          let rows = number(offset + 5, 2, in: range), let columns = number(offset + 7, 2, in: range),
          let components = number(offset + 9, 1, in: range)
        else { throw wrongStart() }
        return try checkSize(columns: columns, rows: rows, components: components, bits: precision)
      }
      // A scan before the frame header.
      guard kind != 0xDA else { break }
      offset += 2 + length
    }
    throw wrongStart()
  }

  /// SOC and SIZ, bare or inside the boxes of a JP2 file, which some systems store.
  private func checkJPEG2000(_ range: Range<Int>) throws(DicomError) {
    var start = range.lowerBound
    if number(start, 4, in: range) == 12, number(start + 4, 4, in: range) == 0x6A50_2020 {
      var offset = start
      var codestream: Int?
      for _ in 0..<Self.mostSegments {
        guard let length = number(offset, 4, in: range), let kind = number(offset + 4, 4, in: range) else { break }
        if kind == 0x6A70_3263 {
          codestream = offset + 8
          break
        }
        guard length >= 8 else { break }
        offset += length
      }
      guard let codestream else { throw wrongStart() }
      start = codestream
    }
    guard number(start, 4, in: range) == 0xFF4F_FF51, let right = number(start + 8, 4, in: range),
      let bottom = number(start + 12, 4, in: range), let left = number(start + 16, 4, in: range),
      let top = number(start + 20, 4, in: range), let components = number(start + 40, 2, in: range),
      let depth = number(start + 42, 1, in: range)
    else { throw wrongStart() }
    try checkSize(columns: right - left, rows: bottom - top, components: components, bits: depth & 0x7f + 1)
  }

  private func checkSize(columns: Int, rows: Int, components: Int, bits: Int) throws(DicomError) {
    guard columns == pixels.columns, rows == pixels.rows, components == 1, bits <= pixels.bitsAllocated else {
      throw refusal(
        "its compressed stream has \(columns) columns x \(rows) rows, \(components) components of \(bits) bits, expected "
          + "\(pixels.columns) x \(pixels.rows), 1 of at most \(pixels.bitsAllocated); the file is damaged")
    }
  }

  /// EOI or EOC, before padding: a stream that was cut off has none.
  private func checkEnd(_ range: Range<Int>) throws(DicomError) {
    let count = min(16, range.count)
    guard var end = source.bytes(at: range.upperBound - count, count) else { throw wrongStart() }
    while end.last == 0 { end.removeLast() }
    guard end.suffix(2) == [0xFF, 0xD9] else {
      throw refusal("its compressed stream (\(syntax.name)) is cut off: the end marker FFD9 is missing; copy it again")
    }
  }

  private func number(_ offset: Int, _ count: Int, in range: Range<Int>) -> Int? {
    guard offset >= range.lowerBound, offset <= range.upperBound - count else { return nil }
    return source.number(at: offset, count, isBigEndian: true)
  }

  private func wrongStart() -> DicomError {
    refusal("its Pixel Data (7FE0,0010) is no stream of \(syntax.name); the file is damaged")
  }

  private func refusal(_ what: String) -> DicomError { DicomError(.unreadableFile, "\(path): \(what)") }
}
