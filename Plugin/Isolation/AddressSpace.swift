import CHostSystem
import Glibc

/// The address space of this process, by which a worker keeps a memory budget.
public struct AddressSpace: Sendable {
  /// What the program and its libraries took when it was measured, bytes.
  public let atStart: Int
  /// Address space that is reserved and hardly used: thread stacks, the allocator's arenas, the engine's own code.
  private static let slack = 256 << 20

  /// Measures this process.
  public init() {
    atStart = Self.statm()?.size ?? 0
    chostsystem_spare_address_space()
  }

  /// Lets this process have `bytes` beside what it had at the start; 0 lifts the limit. The system refuses more, and the
  /// process ends where it cannot go on.
  public func limit(to bytes: UInt64) {
    let limit = UInt64(atStart + Self.slack).addingReportingOverflow(bytes)
    _ = chostsystem_limit_address_space(bytes == 0 || limit.overflow ? 0 : limit.partialValue)
  }

  /// Address space and resident memory of this process, bytes.
  static func statm() -> (size: Int, resident: Int)? {
    guard let file = fopen("/proc/self/statm", "re") else { return nil }
    defer { fclose(file) }
    var text = [CChar](repeating: 0, count: 256)
    guard fgets(&text, Int32(text.count), file) != nil else { return nil }
    let pages = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      .split(separator: " ").compactMap { Int($0) }
    guard pages.count >= 2 else { return nil }
    return (pages[0] * 4096, pages[1] * 4096)
  }
}
