import Synchronization

/// The word of shared memory with which the host asks the worker to stop: 0, or 1 from then on.
///
/// `@unchecked Sendable`: the word is only used atomically; whoever holds a flag keeps the mapping.
public struct StopFlag: @unchecked Sendable {
  private let word: UnsafeMutablePointer<Atomic<UInt32>>

  /// The flag in the control page of a mapped call; nil when nothing is mapped.
  public init?(in memory: SharedMemory, at control: Range<Int>) {
    guard let base = memory.bytes(control)?.baseAddress else { return nil }
    word = base.bindMemory(to: Atomic<UInt32>.self, capacity: 1)
  }

  /// Asks the worker to stop.
  public func raise() { word.pointee.store(1, ordering: .releasing) }
  /// Takes the wish back, before a call.
  public func lower() { word.pointee.store(0, ordering: .releasing) }
  /// Whether the host wants the worker to stop.
  public var isRaised: Bool { word.pointee.load(ordering: .acquiring) != 0 }
}
