import Crypto
import Glibc

/// Bytes that can be read at any offset: an open file, or memory.
///
/// Files are read with pread into memory of our own and never mapped: a mapped file that another program shortens ends the
/// host with SIGBUS, and its bytes may change between being hashed and being used (docs/decisions/0003).
enum ByteSource: Sendable {
  case file(OpenFile)
  case memory([UInt8])

  /// Number of bytes, as it was when the source was opened.
  var count: Int {
    switch self {
    case .file(let file): file.size
    case .memory(let bytes): bytes.count
    }
  }

  /// Fills `buffer` with the bytes from `offset` on; returns why it could not.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> ReadFlaw? {
    switch self {
    case .file(let file): return file.read(at: offset, into: buffer)
    case .memory(let bytes):
      guard offset >= 0, offset <= bytes.count, buffer.count <= bytes.count - offset else {
        return .endsEarly
      }
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + buffer.count]))
      }
      return nil
    }
  }

  /// Asks the system to read a part of a file ahead: several threads that read it in turn hide from it that they read on.
  func readAhead(at offset: Int, count: Int) {
    if case .file(let file) = self { file.readAhead(at: offset, count: count) }
  }

  /// `count` bytes from `offset` on; `count` must have been checked against the source's size.
  func bytes(at offset: Int, count: Int, file: String, code: BundleError.Code) throws(BundleError) -> [UInt8] {
    // An array of nothing is one that all threads share, and that is not written to.
    guard count > 0 else { return [] }
    var flaw: ReadFlaw?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      flaw = read(
        at: offset, into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
      filled = flaw == nil ? count : 0
    }
    if let flaw {
      throw BundleError(code: flaw.code(or: code), message: "\(file): cannot read byte \(offset): \(flaw)")
    }
    return bytes
  }

  /// SHA-256 of all bytes of a weight file, 64 hexadecimal digits, through a piece of memory of 1 MiB.
  func sha256(file: String) throws(BundleError) -> String {
    var function = SHA256()
    let scratch = try Scratch(byteCount: 1 << 20, file: file)
    var offset = 0
    while offset < count {
      let piece = UnsafeMutableRawBufferPointer(rebasing: scratch.bytes[..<min(1 << 20, count - offset)])
      if let flaw = read(at: offset, into: piece) {
        throw BundleError(code: .invalidWeights, message: "\(file): cannot be read: \(flaw)")
      }
      function.update(bufferPointer: UnsafeRawBufferPointer(piece))
      offset += piece.count
    }
    return Hash.hexadecimal(Array(function.finalize()))
  }
}

/// Why bytes could not be read.
enum ReadFlaw: Error, Hashable, CustomStringConvertible {
  /// There are fewer than there should be: something is wrong with the bundle.
  case endsEarly
  /// The system's words: something is wrong with the disk, not with the bundle.
  case system(String)

  var description: String {
    switch self {
    case .endsEarly: "the bytes end early"
    case .system(let words): words
    }
  }

  /// The code of the refusal, where missing bytes mean `code`.
  func code(or code: BundleError.Code) -> BundleError.Code { self == .endsEarly ? code : .cannotOpen }
}

/// An ordinary file, open for reading; several threads may read at once.
final class OpenFile: Sendable {
  /// Bytes in the file when it was opened.
  let size: Int
  let descriptor: Int32

  /// Refuses everything but ordinary files, and never waits for a pipe's other end.
  convenience init(path: String) throws(BundleError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw Self.refusal(path, "cannot be opened: \(systemMessage())") }
    try self.init(path: path, descriptor: descriptor)
  }

  /// Takes ownership of an open descriptor; `path` is for messages.
  init(path: String, descriptor: Int32) throws(BundleError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw Self.refusal(path, "is not an ordinary file")
    }
    (self.descriptor, self.size) = (descriptor, status.st_size)
  }

  deinit { close(descriptor) }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> ReadFlaw? {
    var filled = 0
    while filled < buffer.count {
      let count = pread(descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, offset + filled)
      if count > 0 {
        filled += count
      } else if count == 0 {
        return .endsEarly
      } else if errno != EINTR {
        return .system(systemMessage())
      }
    }
    return nil
  }

  /// A hint; that it fails changes nothing but the time.
  func readAhead(at offset: Int, count: Int) { posix_fadvise(descriptor, offset, count, POSIX_FADV_WILLNEED) }

  private static func refusal(_ path: String, _ reason: String) -> BundleError {
    BundleError(code: .cannotOpen, message: "\(path) \(reason)")
  }
}

/// The system's words for the last failed call.
func systemMessage() -> String { String(cString: strerror(errno)) }
