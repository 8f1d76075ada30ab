import Foundation
internal import Synchronization

/// Runs work that is the same for every slice on a number of threads.
public enum ParallelSlices {
  /// Calls `body` once for every number below `count`, at most `threads` at a time, and returns when all are done.
  ///
  /// Which thread takes which slice is open, so bodies must not depend on each other: then the results have the same
  /// bits for any number of threads.
  public static func run(count: Int, threads: Int, _ body: @Sendable (Int) -> Void) {
    guard threads > 1, count > 1 else {
      for slice in 0..<max(count, 0) { body(slice) }
      return
    }
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
      while true {
        let slice = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard slice < count else { return }
        body(slice)
      }
    }
  }
}
