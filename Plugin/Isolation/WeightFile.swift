import CHostSystem
import Glibc

/// The packed weights of one network in an anonymous file: one worker writes it, then any may map it and nobody write.
///
/// Blocks are asked for in the same order by all. Each has pages of its own, so that it is mapped for itself: how many
/// bytes there will be in all is known to nobody before the last one. What is closed to writing neither shrinks nor
/// changes, so that a worker can rely on what another one wrote, however that ends.
///
/// `@unchecked Sendable`: blocks are asked for on one thread.
public final class WeightFile: @unchecked Sendable {
  private var file: OpenFile?
  /// Whether its blocks were written by another process.
  public let isFilled: Bool
  private var blocks: [UnsafeMutableRawBufferPointer] = []
  private var end = 0
  /// Bytes of a filled file.
  private let byteCount: Int

  /// Blocks beyond this are refused without asking the system.
  private static let largest = 1 << 38

  /// An empty file; nil when the system refuses.
  public init?() {
    let descriptor = chostsystem_closable_memory("islet-weights")
    guard descriptor >= 0 else { return nil }
    (file, isFilled, byteCount) = (OpenFile(descriptor: descriptor), false, 0)
  }

  /// What another process has filled; nil when it could still change.
  public init?(filled file: OpenFile) {
    var information = stat()
    guard Self.isClosedToWriting(file), fstat(file.descriptor, &information) == 0 else { return nil }
    (self.file, isFilled, byteCount) = (file, true, Int(information.st_size))
  }

  deinit { for block in blocks { munmap(block.baseAddress, block.count) } }

  /// Whether a file can neither shrink nor be written to any more.
  public static func isClosedToWriting(_ file: OpenFile) -> Bool {
    chostsystem_is_closed_to_writing(file.descriptor) != 0
  }

  /// The next block of at least `bytes` bytes; nil when the system refuses, or where a filled file has ended.
  public func block(bytes: Int) -> UnsafeMutableRawPointer? {
    let page = sysconf(Int32(_SC_PAGESIZE))
    guard let file, bytes <= Self.largest, end <= Self.largest else { return nil }
    let count = (max(bytes, 1) + page - 1) / page * page
    if isFilled {
      guard count <= byteCount - end else { return nil }
    } else {
      guard chostsystem_reserve(file.descriptor, Int64(end), Int64(count)) == 0 else { return nil }
    }
    let protection = isFilled ? PROT_READ : PROT_READ | PROT_WRITE
    guard let mapped = mmap(nil, count, protection, MAP_SHARED, file.descriptor, off_t(end)), mapped != MAP_FAILED
    else { return nil }
    blocks.append(UnsafeMutableRawBufferPointer(start: mapped, count: count))
    end += count
    return mapped
  }

  /// There will be no more blocks. The file that others may map from now on, where this process has filled it and nobody
  /// can write to it any more; nil for another one, and when the system does not close files to writing.
  ///
  /// The blocks stay mapped; the file itself is let go, for a worker should hold few descriptors.
  public func finish() -> OpenFile? {
    guard let file else { return nil }
    self.file = nil
    guard !isFilled, chostsystem_close_to_writing(file.descriptor) == 0 else { return nil }
    for block in blocks { mprotect(block.baseAddress, block.count, PROT_READ) }
    return file
  }
}
