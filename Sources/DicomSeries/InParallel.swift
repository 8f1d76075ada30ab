import Foundation
import Synchronization

/// Calls `body` once for every number below `count`, on at most `threads` threads, and returns when all are done.
///
/// Numbers are handed out in rising order and no more after a failure, so that the error thrown is always that of the
/// lowest number that fails.
func inParallel(
  _ count: Int, threads: Int, _ body: @Sendable (Int) throws(DicomError) -> Void
) throws(DicomError) {
  let next = Atomic<Int>(0)
  let failure = Mutex<(number: Int, error: DicomError)?>(nil)
  DispatchQueue.concurrentPerform(iterations: max(1, min(threads, count))) { _ in
    while failure.withLock({ $0 == nil }) {
      let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard number < count else { return }
      do throws(DicomError) {
        try body(number)
      } catch {
        failure.withLock { if $0.map({ number < $0.number }) ?? true { $0 = (number, error) } }
      }
    }
  }
  if let found = failure.withLock({ $0 }) { throw found.error }
}
