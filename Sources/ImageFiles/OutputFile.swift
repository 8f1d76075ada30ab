import CZlib
import Glibc

/// A file that appears whole or not at all: written under another name beside its place, then renamed.
///
/// Whoever drops it before `finish()` leaves nothing behind, and an older file of that name untouched.
public final class OutputFile {
  /// How the bytes are stored.
  public enum Compression: Sendable {
    /// As they are.
    case none
    /// One gzip member without name and time: equal content gives equal bytes.
    case gzip
    /// The same, with less search for repetitions: four times as fast, and for CT, whose noise hardly repeats, 2 % larger.
    case fastGzip
  }

  private let path: String
  private let partialPath: String
  private var descriptor: Int32
  private var stream: gzFile?

  /// Creates the temporary file in the folder of `path`. Throws `notWritten`.
  public init(_ path: String, compression: Compression = .none) throws(ImageError) {
    self.path = path
    let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    partialPath = "\(path[..<slash]).\(path[slash...]).\(UInt32.random(in: 0 ... .max)).partial"
    descriptor = open(partialPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path, "creating the file") }
    try compressFromHere(compression)
  }

  /// Stores everything that follows in this way, behind what was written as it is. Throws `notWritten`.
  public func compressFromHere(_ compression: Compression) throws(ImageError) {
    guard compression != .none, stream == nil else { return }
    // zlib closes the descriptor it is given; ours must stay for fsync.
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
    stream = copy < 0 ? nil : gzdopen(copy, compression == .gzip ? "wb6" : "wb1")
    guard stream != nil else {
      if copy >= 0 { close(copy) }
      throw Self.failure(path, "starting the compression")
    }
    gzbuffer(stream, 1 << 18)
  }

  deinit {
    if let stream { gzclose_w(stream) }
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(partialPath)
  }

  /// Appends bytes. Throws `notWritten`, after which only dropping the object makes sense.
  public func write(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    var written = 0
    while written < bytes.count {
      let start = bytes.baseAddress.map { $0 + written }
      let count = min(bytes.count - written, 1 << 30)
      let done = stream.map { Int(gzwrite($0, start, UInt32(count))) } ?? Glibc.write(descriptor, start, count)
      if done < 0, stream == nil, errno == EINTR { continue }
      guard done > 0 else { throw Self.failure(path, "writing") }
      written += done
    }
  }

  /// Appends bytes. Throws `notWritten`, after which only dropping the object makes sense.
  public func write(_ bytes: [UInt8]) throws(ImageError) {
    try bytes.withUnsafeBufferPointer { bytes throws(ImageError) in try write(UnsafeRawBufferPointer(bytes)) }
  }

  /// Flushes to the disk and gives the file its name. Throws `notWritten` and then leaves nothing.
  public func finish() throws(ImageError) {
    if let stream {
      self.stream = nil
      guard gzclose_w(stream) == Z_OK else { throw Self.failure(path, "compressing") }
    }
    guard fsync(descriptor) == 0 else { throw Self.failure(path, "flushing to the disk") }
    guard rename(partialPath, path) == 0 else { throw Self.failure(path, "renaming the finished file") }
    close(descriptor)
    descriptor = -1
    // The name itself must reach the disk too; a file system that cannot flush folders is no failure.
    let slash = path.lastIndex(of: "/")
    let folder = open(slash.map { "\(path[...$0])" } ?? ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }

  private static func failure(_ path: String, _ step: String) -> ImageError {
    ImageError(.notWritten, "\(path): \(step) failed (\(String(cString: strerror(errno)))); nothing partial was left")
  }
}
