import CHostSystem
import Glibc

/// A copy of bytes as an anonymous file, so that what lies in a host's memory can go to a worker as an open file.
public enum MemoryFile {
  /// The copy's descriptor, closed on exec and the caller's to close; nil and errno when the system refuses.
  public static func copy(of bytes: UnsafeRawBufferPointer) -> Int32? {
    let descriptor = chostsystem_memory_file("islet-bundle")
    guard descriptor >= 0 else { return nil }
    var written = 0
    while written < bytes.count {
      let count = write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let error = errno
        close(descriptor)
        errno = error
        return nil
      }
      written += count
    }
    return descriptor
  }
}
