import Glibc

/// Threads that compute slices in any order and hand them over in order.
///
/// Own pthreads, started and joined within each call: no Dispatch and no Swift concurrency, which do not survive a
/// host's fork() and dlclose(). Workspaces are kept from call to call. Use from one thread at a time.
public final class SliceWorkers {
  /// How a run ended.
  public enum Ending: Hashable, Sendable {
    /// All slices were consumed.
    case finished
    /// `shouldStop` asked to end early.
    case stopped
  }

  /// Number of threads that compute; 1 computes on the calling thread.
  public let threads: Int
  let workspaces: [Workspace]

  /// Workers for `threads` threads, at least 1 and at most 256; no thread is started yet.
  public init(threads: Int) {
    self.threads = min(max(threads, 1), 256)
    workspaces = (0..<self.threads).map { _ in Workspace() }
  }

  /// Calls `work` for 0..<count on the threads and `consume` for each result on the calling thread, in order.
  ///
  /// At most 2 x threads results wait to be consumed. `shouldStop` is asked on the calling thread before every slice is
  /// consumed and every 50 ms in between; once it says true no further slice is started. The first error of `work` (by
  /// index) or `consume` is thrown after all threads have ended. `work` may not use anything of another thread; its
  /// workspace belongs to it for the call.
  public func forEachOrdered<Output: Sendable>(
    count: Int, shouldStop: () -> Bool, work: @Sendable (_ index: Int, _ workspace: Workspace) throws -> Output,
    consume: (_ index: Int, _ output: Output) throws -> Void
  ) throws -> Ending {
    for index in 0..<max(count, 0) {
      if shouldStop() { return .stopped }
      try consume(index, try work(index, workspaces[0]))
    }
    return .finished
  }
}
