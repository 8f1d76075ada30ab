import Glibc

/// A file that appears under its name only when it is complete: written beside it, synced, renamed.
final class OutputFile {
  private let path: String
  private let temporaryPath: String
  private let descriptor: Int32
  private var hasTemporaryName: Bool
  private let mayReplace: Bool
  /// Bytes written so far.
  private(set) var count = 0

  /// Makes an empty file under a temporary name in the folder of `path`; a spool has no name and goes with its owner.
  ///
  /// `mode` are the file's permissions. Where a file must not be lost, `mayReplace` is false: publishing then fails.
  init(path: String, isSpool: Bool = false, mode: mode_t = 0o644, mayReplace: Bool = true) throws(BundleError) {
    self.mayReplace = mayReplace
    let temporaryPath = "\(path).\(getpid()).\(isSpool ? "spool" : "partial")"
    let descriptor = open(temporaryPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode)
    guard descriptor >= 0 else {
      throw BundleError(code: .cannotWrite, message: "\(path) cannot be written: \(systemMessage())")
    }
    (self.path, self.temporaryPath, self.descriptor) = (path, temporaryPath, descriptor)
    hasTemporaryName = !isSpool
    if isSpool { unlink(temporaryPath) }
  }

  deinit {
    close(descriptor)
    if hasTemporaryName { unlink(temporaryPath) }
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(BundleError) {
    var written = 0
    while written < bytes.count {
      let step = write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      if step >= 0 {
        written += step
      } else if errno != EINTR {
        throw failure()
      }
    }
    count += written
  }

  func append(_ bytes: [UInt8]) throws(BundleError) {
    try bytes.withUnsafeBytes { buffer in Result { () throws(BundleError) in try append(buffer) } }.get()
  }

  /// Appends zeros up to the next multiple of the sections' alignment.
  func align() throws(BundleError) {
    try append([UInt8](repeating: 0, count: BundleHeader.aligned(count) - count))
  }

  /// Appends the bytes `start..<end` of `source`, a chunk at a time.
  func append(contentsOf source: ByteSource, from start: Int, to end: Int) throws(BundleError) {
    let scratch = try Scratch(byteCount: 4 << 20, file: path)
    var offset = start
    while offset < end {
      let piece = UnsafeMutableRawBufferPointer(rebasing: scratch.bytes[..<min(scratch.bytes.count, end - offset)])
      if let flaw = source.read(at: offset, into: piece) {
        throw BundleError(code: flaw.code(or: .corrupt), message: "\(path): the bundle cannot be read: \(flaw)")
      }
      try append(UnsafeRawBufferPointer(piece))
      offset += piece.count
    }
  }

  /// Appends everything that `other` holds, a chunk at a time.
  func append(contentsOf other: OutputFile) throws(BundleError) {
    let scratch = try Scratch(byteCount: 4 << 20, file: path)
    var offset = 0
    while offset < other.count {
      let step = pread(
        other.descriptor, scratch.bytes.baseAddress, min(scratch.bytes.count, other.count - offset), offset)
      guard step > 0 || (step < 0 && errno == EINTR) else { throw failure() }
      guard step > 0 else { continue }
      try append(UnsafeRawBufferPointer(rebasing: scratch.bytes[..<step]))
      offset += step
    }
  }

  /// Syncs the bytes to the disk and gives the file its name, replacing what had it unless that is forbidden.
  func publish() throws(BundleError) {
    // A second link fails where the name is taken; the first goes with `deinit`.
    guard fsync(descriptor) == 0, mayReplace ? rename(temporaryPath, path) == 0 : link(temporaryPath, path) == 0 else {
      throw failure()
    }
    hasTemporaryName = !mayReplace
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folderDescriptor >= 0 else { return }
    fsync(folderDescriptor)
    close(folderDescriptor)
  }

  private func failure() -> BundleError {
    BundleError(code: .cannotWrite, message: "\(path) cannot be written: \(systemMessage())")
  }
}
