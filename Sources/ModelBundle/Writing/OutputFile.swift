import Glibc

/// A file that appears under its name only when it is complete: written beside it, synced, renamed.
final class OutputFile {
  private let path: String
  private let temporaryPath: String
  private let descriptor: Int32
  private var hasTemporaryName: Bool
  /// Bytes written so far.
  private(set) var count = 0

  /// Makes an empty file under a temporary name in the folder of `path`; a spool has no name and goes with its owner.
  init(path: String, isSpool: Bool = false) throws(BundleError) {
    let temporaryPath = "\(path).\(getpid()).\(isSpool ? "spool" : "partial")"
    let descriptor = open(temporaryPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
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

  /// Syncs the bytes to the disk and gives the file its name, replacing what had it.
  func publish() throws(BundleError) {
    guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else { throw failure() }
    hasTemporaryName = false
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
