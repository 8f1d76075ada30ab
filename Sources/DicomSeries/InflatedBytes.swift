import CZlib
import Glibc

/// The data set of a deflated file (PS3.5, A.5), inflated as far as it is asked for.
///
/// Never holds more than `limit` bytes, whatever the stream would grow to.
final class InflatedBytes: DicomBytes {
  /// Bytes of everything but the pixels.
  static let smallestLimit = 1 << 26
  /// Bytes that may be asked for; raised when the header has said how many pixels there are.
  var limit = InflatedBytes.smallestLimit

  private let file: DicomFile
  private var stream = z_stream()
  private var input = [UInt8](repeating: 0, count: 1 << 16)
  private var inputStart: Int
  private var output: [UInt8] = []
  private var isAtEnd = false

  /// Starts at byte `offset` of the file. Throws `unreadableFile` when zlib has no memory.
  init(_ file: DicomFile, from offset: Int) throws(DicomError) {
    self.file = file
    inputStart = offset
    // Negative window bits: no zlib header.
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw DicomError(.unreadableFile, "\(file.path): no memory to inflate the data set")
    }
  }

  deinit { inflateEnd(&stream) }

  func reaches(_ count: Int) -> Bool {
    guard count <= limit else { return false }
    while output.count < count, !isAtEnd { inflateMore() }
    return count <= output.count
  }

  func bytes(at offset: Int, _ count: Int) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset <= limit - count, reaches(offset + count) else { return nil }
    return Array(output[offset..<(offset + count)])
  }

  func number(at offset: Int, _ count: Int, isBigEndian: Bool) -> Int? {
    guard offset >= 0, offset <= limit - count, reaches(offset + count) else { return nil }
    return (0..<count).reduce(0) { $0 | Int(output[offset + $1]) << (8 * $1) }
  }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    guard offset >= 0, offset <= limit - buffer.count, reaches(offset + buffer.count) else { return false }
    buffer.copyBytes(from: output[offset..<(offset + buffer.count)])
    return true
  }

  /// Appends up to 64 KiB; a damaged stream ends where the damage is.
  private func inflateMore() {
    let wanted = min(input.count, file.byteCount - inputStart)
    guard wanted > 0, input.withUnsafeMutableBytes({ file.read(at: inputStart, into: .init(rebasing: $0[..<wanted])) })
    else {
      isAtEnd = true
      return
    }
    var block = [UInt8](repeating: 0, count: 1 << 16)
    input.withUnsafeMutableBufferPointer { source in
      block.withUnsafeMutableBufferPointer { target in
        (stream.next_in, stream.avail_in) = (source.baseAddress, UInt32(wanted))
        (stream.next_out, stream.avail_out) = (target.baseAddress, UInt32(target.count))
        let status = inflate(&stream, Z_NO_FLUSH)
        if status != Z_OK { isAtEnd = true }
      }
    }
    let consumed = wanted - Int(stream.avail_in)
    let made = block.count - Int(stream.avail_out)
    if consumed == 0, made == 0 { isAtEnd = true }
    inputStart += consumed
    output.append(contentsOf: block[..<made])
  }
}
