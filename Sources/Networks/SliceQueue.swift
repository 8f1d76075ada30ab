import Glibc

/// Hands out slice numbers to threads and their results back in order; at most `lookAhead` wait to be consumed.
///
/// Numbers are handed out in order, but of the last `lookAhead` ones the costliest first: a large slice that starts last
/// would keep one thread busy while the others have nothing left to do.
final class SliceQueue<Output: Sendable>: @unchecked Sendable {  // All state is behind `lock`.
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let slotIsFree = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let resultIsReady = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let lookAhead: Int
  private var end: Int
  private var nextToCompute = 0
  private var nextToConsume = 0
  private let costs: [Int]
  /// The last slices that nobody computes yet, once all before them are handed out.
  private var tail: Set<Int>?
  private var results: [Int: Result<Output, any Error>] = [:]

  /// `costs` has one number a slice, in any unit; empty where all cost the same.
  init(count: Int, lookAhead: Int, costs: [Int] = []) {
    (end, self.lookAhead, self.costs) = (count, lookAhead, costs)
    pthread_mutex_init(lock, nil)
    pthread_cond_init(slotIsFree, nil)
    pthread_cond_init(resultIsReady, nil)
  }

  deinit {
    pthread_cond_destroy(resultIsReady)
    pthread_cond_destroy(slotIsFree)
    pthread_mutex_destroy(lock)
    resultIsReady.deallocate()
    slotIsFree.deallocate()
    lock.deallocate()
  }

  /// The next slice to compute, once there is room for its result; nil when there is none left.
  func claim() -> Int? {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while nextToCompute < end, end - nextToCompute > lookAhead {
      if nextToCompute < nextToConsume + lookAhead {
        defer { nextToCompute += 1 }
        return nextToCompute
      }
      pthread_cond_wait(slotIsFree, lock)
    }
    return claimFromTail()
  }

  /// The costliest of the last slices, all of which have room for their results; the first of equals.
  private func claimFromTail() -> Int? {
    if tail == nil { tail = Set(min(nextToCompute, end)..<end) }
    while true {
      // A failure may have shortened the run.
      let left = (tail ?? []).filter { $0 < end }
      guard !left.isEmpty else { return nil }
      let open = left.filter { $0 < nextToConsume + lookAhead }
      if let next = open.max(by: { (cost($0), $1) < (cost($1), $0) }) {
        tail?.remove(next)
        return next
      }
      pthread_cond_wait(slotIsFree, lock)
    }
  }

  private func cost(_ index: Int) -> Int { costs.indices.contains(index) ? costs[index] : 0 }

  /// Takes a claimed slice's result; after a failure no later slice is handed out.
  func deliver(_ result: Result<Output, any Error>, of index: Int) {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    results[index] = result
    if case .failure = result { shorten(to: index) }
    pthread_cond_signal(resultIsReady)
  }

  /// The result of the next slice in order; nil when it is not there within 50 ms.
  func waitForNext() -> Result<Output, any Error>? {
    var deadline = timespec()
    clock_gettime(CLOCK_REALTIME, &deadline)
    deadline.tv_nsec += 50_000_000
    if deadline.tv_nsec >= 1_000_000_000 {
      deadline.tv_sec += 1
      deadline.tv_nsec -= 1_000_000_000
    }
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while results[nextToConsume] == nil {
      guard pthread_cond_timedwait(resultIsReady, lock, &deadline) == 0 else { return nil }
    }
    let result = results.removeValue(forKey: nextToConsume)
    nextToConsume += 1
    pthread_cond_broadcast(slotIsFree)
    return result
  }

  /// Hands out nothing more.
  func close() {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    shorten(to: 0)
  }

  private func shorten(to newEnd: Int) {
    end = min(end, newEnd)
    pthread_cond_broadcast(slotIsFree)
  }
}
