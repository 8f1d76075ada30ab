/// The buffers of one thread, grown to the largest slice seen and reused from slice to slice and network to network.
///
/// Use a workspace from one thread at a time. Not Sendable: `SliceWorkers` gives each of its threads one of its own.
public final class Workspace {
  /// An empty workspace; the first prediction fills it.
  public init() {}
}
