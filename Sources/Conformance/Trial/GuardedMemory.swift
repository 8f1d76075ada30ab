import Glibc

/// Memory between two pages that nobody may touch: an access outside ends the process, which is the test's verdict.
final class GuardedMemory {
  /// Which end of the memory lies directly at its forbidden page; at the other end there may be canaries between.
  enum Side: CaseIterable { case start, end }

  /// The first byte.
  let base: UnsafeMutableRawPointer
  let byteCount: Int
  private let mapping: UnsafeMutableRawPointer
  private let innerBytes: Int
  private static let page = 4096
  private static let canary: UInt8 = 0xA5

  /// Memory full of canaries.
  init(byteCount: Int, flushWith side: Side = .end) throws(Finding) {
    innerBytes = max(1, (byteCount + Self.page - 1) / Self.page) * Self.page
    guard
      let mapping = mmap(nil, innerBytes + 2 * Self.page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      mapping != MAP_FAILED, mprotect(mapping + Self.page, innerBytes, PROT_READ | PROT_WRITE) == 0
    else { throw .skipped("this machine gave no \(byteCount) bytes for the test's own buffers") }
    self.mapping = mapping
    self.byteCount = byteCount
    base = mapping + Self.page + (side == .end ? innerBytes - byteCount : 0)
    memset(mapping + Self.page, Int32(Self.canary), innerBytes)
  }

  deinit { munmap(mapping, innerBytes + 2 * Self.page) }

  /// All bytes.
  var bytes: [UInt8] { Array(UnsafeRawBufferPointer(start: base, count: byteCount)) }

  /// Fills it with canaries again.
  func refill() { memset(base, Int32(Self.canary), byteCount) }

  /// From now on a write to it ends the process.
  func forbidWriting() { mprotect(mapping + Self.page, innerBytes, PROT_READ) }

  /// Whether the bytes beside it on its pages are what they were.
  var isIntactAround: Bool {
    let inner = UnsafeRawBufferPointer(start: mapping + Self.page, count: innerBytes)
    let start = base - (mapping + Self.page)
    return inner[..<start].allSatisfy { $0 == Self.canary }
      && inner[(start + byteCount)...].allSatisfy { $0 == Self.canary }
  }
}
