import Glibc
import Synchronization

/// Threads that share out numbered work, started and joined within one call; the calling thread takes part.
///
/// Own pthreads: no Dispatch and no Swift concurrency, which do not survive a host's fork() and dlclose().
enum ReaderThreads {
  /// More threads than this only wait for memory.
  static let most = 64

  /// Runs `worker` on up to `threads` threads; each asks `claim` for its next number until it says nil.
  ///
  /// Numbers come in ascending order, each once. A worker that returns an error ends the work: no thread claims another
  /// number. Returns the error of the worker that was first by its number, which is the same for any number of threads.
  static func share(
    count: Int, threads: Int, worker: @Sendable (_ claim: () -> Int?) -> WorkerFailure?
  ) -> WorkerFailure? {
    let numbers = Numbers(count: count)
    return withoutActuallyEscaping(worker) { worker in
      let run: @Sendable () -> WorkerFailure? = {
        let failure = worker(numbers.claim)
        if failure != nil { numbers.end() }
        return failure
      }
      let started = (1..<max(min(threads, count, most), 1)).compactMap { _ in ReaderThread(run) }
      let own = run()
      // Fewer threads than asked for, or none, are slower and no error.
      return ([own] + started.map { $0.join() }).compactMap { $0 }.min { $0.number < $1.number }
    }
  }

  /// The numbers that are left.
  private final class Numbers: Sendable {
    private let count: Int
    private let next = Atomic<Int>(0)

    init(count: Int) { self.count = count }

    func claim() -> Int? {
      let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
      return number < count ? number : nil
    }

    func end() { next.store(count, ordering: .relaxed) }
  }
}

/// Why a worker ended early.
struct WorkerFailure: Sendable {
  /// The number it was at.
  let number: Int
  let error: BundleError
}

/// One pthread whose result is fetched by joining it.
private struct ReaderThread {
  private final class Body {
    let run: @Sendable () -> WorkerFailure?
    var failure: WorkerFailure?
    init(_ run: @escaping @Sendable () -> WorkerFailure?) { self.run = run }
  }

  private let handle: pthread_t
  private let body: Body

  /// Starts a thread with all signals blocked, so that a host's handlers stay on its own threads; nil when refused.
  init?(_ run: @escaping @Sendable () -> WorkerFailure?) {
    var all = sigset_t()
    var before = sigset_t()
    sigfillset(&all)
    pthread_sigmask(SIG_SETMASK, &all, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    let body = Body(run)
    var handle = pthread_t()
    let status = pthread_create(
      &handle, nil,
      { context in
        guard let context else { return nil }
        let body = Unmanaged<Body>.fromOpaque(context).takeRetainedValue()
        body.failure = body.run()
        return nil
      }, Unmanaged.passRetained(body).toOpaque())
    guard status == 0 else {
      Unmanaged.passUnretained(body).release()
      return nil
    }
    (self.handle, self.body) = (handle, body)
  }

  func join() -> WorkerFailure? {
    pthread_join(handle, nil)
    return body.failure
  }
}
