import Glibc

/// Bytes at any place of a file or of an inflated stream: all that the structure check needs to know of either.
protocol DicomBytes: AnyObject {
  /// True when there are at least `count` bytes; inflates so far.
  func reaches(_ count: Int) -> Bool
  /// `count` bytes from `offset`; nil when they end before.
  func bytes(at offset: Int, _ count: Int) -> [UInt8]?
  /// A number of `count` (at most 4) bytes; nil when they end before.
  func number(at offset: Int, _ count: Int, isBigEndian: Bool) -> Int?
  /// Fills `buffer` from `offset`; false when the bytes end before.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool
}

/// A file read at any place, a window at a time: the structure check looks at headers and skips the pixels.
final class DicomFile: DicomBytes {
  private static let windowByteCount = 1 << 14

  let path: String
  let byteCount: Int
  private let descriptor: Int32
  private var window: [UInt8] = []
  private var windowStart = 0

  /// Opens the file until its owner lets it go. Throws `notFound`.
  init(_ path: String) throws(DicomError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      let reason = descriptor < 0 ? String(cString: strerror(errno)) : "no regular file"
      if descriptor >= 0 { close(descriptor) }
      throw DicomError(.notFound, "\(path): cannot be read (\(reason))")
    }
    self.path = path
    byteCount = Int(status.st_size)
  }

  deinit { close(descriptor) }

  func reaches(_ count: Int) -> Bool { count <= byteCount }

  func bytes(at offset: Int, _ count: Int) -> [UInt8]? {
    guard count <= Self.windowByteCount else {
      guard offset >= 0, count <= byteCount, offset <= byteCount - count else { return nil }
      var long = [UInt8](repeating: 0, count: count)
      return long.withUnsafeMutableBytes { read(at: offset, into: $0) } ? long : nil
    }
    guard let start = windowIndex(of: offset, count) else { return nil }
    return Array(window[start..<(start + count)])
  }

  func number(at offset: Int, _ count: Int, isBigEndian: Bool) -> Int? {
    guard let start = windowIndex(of: offset, count) else { return nil }
    var value = 0
    for index in 0..<count {
      value |= Int(window[start + index]) << (8 * (isBigEndian ? count - 1 - index : index))
    }
    return value
  }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    var filled = 0
    while filled < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(offset + filled))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      filled += count
    }
    return true
  }

  /// Where the window holds these bytes, after moving it if need be.
  private func windowIndex(of offset: Int, _ count: Int) -> Int? {
    guard offset >= 0, count >= 0, offset <= byteCount - count else { return nil }
    if offset < windowStart || offset + count > windowStart + window.count {
      if window.isEmpty { window = [UInt8](repeating: 0, count: Self.windowByteCount) }
      let wanted = min(Self.windowByteCount, byteCount - offset)
      if window.count != wanted { window = [UInt8](repeating: 0, count: wanted) }
      guard window.withUnsafeMutableBytes({ read(at: offset, into: $0) }) else {
        window = []
        return nil
      }
      windowStart = offset
    }
    return offset - windowStart
  }
}
