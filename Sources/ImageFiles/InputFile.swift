import CZlib
import Glibc

/// A regular file read forward once, inflated on the way when it is gzip.
///
/// Inflates no more than is asked for, so that a small file cannot fill the memory (gzip bomb).
final class InputFile {
  /// The path as the caller gave it, for sentences.
  let path: String
  /// Bytes on disk from `start`, before inflating.
  let storedByteCount: Int
  /// True when the bytes are a gzip stream.
  var isCompressed: Bool { gzdirect(stream) == 0 }

  private let stream: gzFile
  private var ahead: [UInt8] = []

  /// Opens the file and stands at byte `start`. Throws `notFound`, `unreadable` (also for pipes and devices) or `empty`.
  init(_ path: String, from start: Int = 0) throws(ImageError) {
    // Without O_NONBLOCK a named pipe would block for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      guard errno != ENOENT, errno != ENOTDIR else {
        throw ImageError(.notFound, "\(path): no such file or folder; check the path")
      }
      throw ImageError(.unreadable, "\(path): cannot be opened (\(String(cString: strerror(errno))))")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw ImageError(.unreadable, "\(path): is not a regular file; give a file or a DICOM folder")
    }
    guard status.st_size > start else {
      close(descriptor)
      throw ImageError(.empty, "\(path): is empty; the copy or the download failed")
    }
    lseek(descriptor, off_t(start), SEEK_SET)
    guard let stream = gzdopen(descriptor, "rb") else {
      close(descriptor)
      throw ImageError(.tooLarge, "\(path): no memory to open the file")
    }
    gzbuffer(stream, 1 << 18)
    self.path = path
    self.stream = stream
    storedByteCount = Int(status.st_size) - start
  }

  deinit { gzclose_r(stream) }

  /// The next bytes without consuming them; fewer than `count` at the end of the file.
  func peek(_ count: Int) throws(ImageError) -> [UInt8] {
    if ahead.count < count {
      var more = [UInt8](repeating: 0, count: count - ahead.count)
      let found = try more.withUnsafeMutableBufferPointer { bytes throws(ImageError) in
        try inflate(into: UnsafeMutableRawBufferPointer(bytes))
      }
      ahead += more.prefix(found)
    }
    return Array(ahead.prefix(count))
  }

  /// Fills `bytes` as far as the file goes and returns how many bytes it gave.
  func read(into bytes: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
    let peeked = min(ahead.count, bytes.count)
    bytes.copyBytes(from: ahead.prefix(peeked))
    ahead.removeFirst(peeked)
    return peeked + (try inflate(into: UnsafeMutableRawBufferPointer(rebasing: bytes[peeked...])))
  }

  /// Consumes `count` bytes and returns how many there were.
  func skip(_ count: Int) throws(ImageError) -> Int {
    var block = [UInt8](repeating: 0, count: min(max(count, 0), 1 << 16))
    var skipped = 0
    while skipped < count {
      let wanted = min(block.count, count - skipped)
      let found = try block.withUnsafeMutableBufferPointer { bytes throws(ImageError) in
        try read(into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[..<wanted])))
      }
      skipped += found
      if found < wanted { break }
    }
    return skipped
  }

  private func inflate(into bytes: UnsafeMutableRawBufferPointer) throws(ImageError) -> Int {
    var filled = 0
    while filled < bytes.count {
      let wanted = min(bytes.count - filled, 1 << 30)
      let found = gzread(stream, bytes.baseAddress.map { $0 + filled }, UInt32(wanted))
      guard found >= 0 else {
        var code: Int32 = 0
        let text = gzerror(stream, &code).map { String(cString: $0) } ?? ""
        // A stream that merely stops is reported as a short read by the caller, who knows what was expected.
        if code == Z_BUF_ERROR { return filled }
        if code == Z_ERRNO {
          throw ImageError(.unreadable, "\(path): reading failed (\(String(cString: strerror(errno))))")
        }
        throw ImageError(.damaged, "\(path): the gzip stream is damaged (\(text)); copy or download the file again")
      }
      filled += Int(found)
      if Int(found) < wanted { break }
    }
    return filled
  }
}
