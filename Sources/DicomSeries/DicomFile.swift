import Glibc

/// A file read at any place, a window at a time: the structure check looks at headers and skips the pixels.
struct DicomFile {
  private static let windowByteCount = 1 << 14

  let path: String
  let byteCount: Int
  private let descriptor: Int32
  private var window: [UInt8] = []
  private var windowStart = 0

  /// Opens the file; `close()` must follow. Throws `notFound`.
  init(_ path: String) throws(DicomError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    var status = stat()
    guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
      let reason = String(cString: strerror(errno))
      if descriptor >= 0 { Glibc.close(descriptor) }
      throw DicomError(.notFound, "\(path): cannot be read (\(reason))")
    }
    self.path = path
    byteCount = Int(status.st_size)
  }

  func close() { Glibc.close(descriptor) }

  /// `count` bytes (at most a few) from `offset`; nil when the file ends before.
  mutating func bytes(at offset: Int, _ count: Int) -> ArraySlice<UInt8>? {
    guard offset >= 0, count >= 0, count <= Self.windowByteCount, offset <= byteCount - count else { return nil }
    if offset < windowStart || offset + count > windowStart + window.count {
      var fresh = [UInt8](repeating: 0, count: Self.windowByteCount)
      let found = pread(descriptor, &fresh, fresh.count, off_t(offset))
      guard found >= count else { return nil }
      (window, windowStart) = (Array(fresh.prefix(found)), offset)
    }
    return window[(offset - windowStart)..<(offset - windowStart + count)]
  }

  /// A little-endian number of `count` (at most 4) bytes.
  mutating func number(at offset: Int, _ count: Int) -> Int? {
    bytes(at: offset, count)?.reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
