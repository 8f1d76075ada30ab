import DicomSeries
import Glibc
import ImageFiles

/// libFuzzer target: NRRD, raw and gzip.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  // Readers take paths; an anonymous file costs no disk. Its address space is this process' own.
  FuzzFile.shared.write(UnsafeBufferPointer(start: bytes, count: count))
  _ = try? ImageFile.read(FuzzFile.shared.path, dicomReader: DicomSeriesReader(executable: "/nonexistent", threads: 1))
  return 0
}

/// The one file that every input is written to.
private struct FuzzFile: Sendable {
  static let shared = FuzzFile()
  let path: String
  private let descriptor: CInt

  private init() {
    path = "/dev/shm/islet-fuzz-nrrd-\(getpid())"
    descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    precondition(descriptor >= 0, "/dev/shm must be writable")
  }

  func write(_ bytes: UnsafeBufferPointer<UInt8>) {
    ftruncate(descriptor, 0)
    pwrite(descriptor, bytes.baseAddress, bytes.count, 0)
  }
}
