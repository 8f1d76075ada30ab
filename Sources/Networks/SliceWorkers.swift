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
  private let workspaces: [Workspace]

  /// Workers for `threads` threads, at least 1 and at most 256; no thread is started yet.
  public init(threads: Int) {
    self.threads = min(max(threads, 1), 256)
    workspaces = (0..<self.threads).map { _ in Workspace() }
  }

  /// Bytes that the workspaces hold at present.
  public var workspaceByteCount: Int { workspaces.reduce(0) { $0 + $1.byteCount } }

  /// Calls `work` for 0..<count on the threads and `consume` for each result on the calling thread, in order.
  ///
  /// `costs` has a number for every index, in any unit, so that the last ones are spread well; results do not depend on
  /// it. At most 2 x threads results wait to be consumed. `shouldStop` is asked on the calling thread before every slice is
  /// consumed and every 50 ms in between; once it says true no further slice is started. The first error of `work` (by
  /// index) or `consume` is thrown after all threads have ended. `work` may not use anything of another thread; its
  /// workspace belongs to it for the call.
  public func forEachOrdered<Output: Sendable>(
    count: Int, costs: [Int] = [], shouldStop: () -> Bool,
    work: @Sendable (_ index: Int, _ workspace: Workspace) throws -> Output,
    consume: (_ index: Int, _ output: Output) throws -> Void
  ) throws -> Ending {
    guard threads > 1, count > 1 else {
      return try forEachHere(count: count, shouldStop: shouldStop, work: work, consume: consume)
    }
    return try withoutActuallyEscaping(work) { work in
      let queue = SliceQueue<Output>(count: count, lookAhead: 2 * threads, costs: costs)
      let running = start(min(threads, count), queue: queue, work: work)
      // Whatever happens below, no thread outlives this call: `work` may not escape.
      defer {
        queue.close()
        for thread in running { thread.join() }
      }
      guard !running.isEmpty else {
        throw NetworkError(code: .outOfMemory, message: "the system refused to start a thread")
      }
      for index in 0..<count {
        var result: Result<Output, any Error>?
        repeat {
          if shouldStop() { return .stopped }
          result = queue.waitForNext()
        } while result == nil
        if let result { try consume(index, try result.get()) }
      }
      return .finished
    }
  }

  private func forEachHere<Output>(
    count: Int, shouldStop: () -> Bool, work: (Int, Workspace) throws -> Output, consume: (Int, Output) throws -> Void
  ) throws -> Ending {
    for index in 0..<max(count, 0) {
      if shouldStop() { return .stopped }
      try consume(index, try work(index, workspaces[0]))
    }
    return .finished
  }

  /// As many threads as the system gives, up to `count`.
  private func start<Output: Sendable>(
    _ count: Int, queue: SliceQueue<Output>, work: @escaping @Sendable (Int, Workspace) throws -> Output
  ) -> [WorkerThread] {
    workspaces.prefix(count).compactMap { workspace in
      let owned = OwnedWorkspace(workspace: workspace)
      return WorkerThread {
        while let index = queue.claim() {
          queue.deliver(Result { try work(index, owned.workspace) }, of: index)
        }
      }
    }
  }
}

/// A workspace on its way to the one thread that uses it until it is joined.
private struct OwnedWorkspace: @unchecked Sendable {
  let workspace: Workspace
}
