/// The memory of one thread: an arena, grown to the largest slice seen and reused from slice to slice and network to
/// network.
///
/// Use a workspace from one thread at a time. Not Sendable: `SliceWorkers` gives each of its threads one of its own.
public final class Workspace {
  /// Where each map lies is the plan's choice.
  let arena = AlignedBuffer()

  /// An empty workspace; the first prediction fills it.
  public init() {}

  /// Bytes held at present.
  public var byteCount: Int { arena.byteCount }
}
