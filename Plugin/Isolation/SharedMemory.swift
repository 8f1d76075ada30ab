import CHostSystem
import Glibc

/// Memory that the host's process and its worker see at once: an anonymous file that only grows, mapped by each.
///
/// Never named in the file system: it is gone with the last process that holds it, however that ends. Because it cannot
/// shrink, no access to a mapping can fail once memory stands behind it.
public final class SharedMemory {
  /// The file, for handing it to another process.
  public let descriptor: Int32
  private let isOwner: Bool
  private var base: UnsafeMutableRawPointer?
  /// Bytes mapped at present.
  public private(set) var byteCount = 0
  /// Bytes that have memory behind them.
  private var reserved = 0

  /// New memory of no bytes; nil and errno when the system refuses.
  public init?() {
    let descriptor = chostsystem_growing_memory("islet-worker")
    guard descriptor >= 0 else { return nil }
    (self.descriptor, isOwner) = (descriptor, true)
  }

  /// Memory that another process made and handed over as `descriptor`, which stays open.
  public init(inherited descriptor: Int32) { (self.descriptor, isOwner) = (descriptor, false) }

  deinit {
    unmap()
    if isOwner { close(descriptor) }
  }

  /// Puts memory behind the first `bytes` bytes and maps them; the system's error number when it has not got as many.
  public func reserve(_ bytes: Int) -> Int32? {
    let error = chostsystem_reserve(descriptor, 0, Int64(bytes))
    guard error == 0 else { return error }
    reserved = bytes
    return map(bytes)
  }

  /// Maps the first `bytes` bytes, which the file must have; an error number, or nil.
  public func map(_ bytes: Int) -> Int32? {
    unmap()
    var information = stat()
    guard fstat(descriptor, &information) == 0, information.st_size >= bytes, bytes > 0 else { return EINVAL }
    guard let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), mapped != MAP_FAILED else {
      return errno
    }
    (base, byteCount) = (mapped, bytes)
    return nil
  }

  /// Ends this process's mapping; what is in the memory stays.
  public func unmap() {
    if let base { munmap(base, byteCount) }
    (base, byteCount) = (nil, 0)
  }

  /// Unmaps, and gives the memory itself back to the system.
  public func giveBack() {
    unmap()
    if reserved > 0 { chostsystem_give_back(descriptor, Int64(reserved)) }
    reserved = 0
  }

  /// The mapped bytes of a region; nil when it does not lie in what is mapped.
  public func bytes(_ region: Range<Int>) -> UnsafeMutableRawBufferPointer? {
    guard let base, region.lowerBound >= 0, region.upperBound <= byteCount else { return nil }
    return UnsafeMutableRawBufferPointer(start: base + region.lowerBound, count: region.count)
  }
}
