import Glibc
import Synchronization

/// Ctrl-C and a polite kill ask the run to stop; the plugin then says "cancelled" and nothing half written stays.
enum Cancellation {
  private static let isAsked = Atomic<Bool>(false)

  /// Whether the user asked to stop.
  static var isRequested: Bool { isAsked.load(ordering: .relaxed) }

  /// Installs the handlers; a second Ctrl-C ends the process at once.
  ///
  /// A process inherits the signals that are blocked in the thread that started it; worker threads of many programs block
  /// all of them. So both are let through first. A reader of our output that ends early must not end us between two files
  /// of a result: SIGPIPE is left out, and the write that fails is looked at.
  static func listen() {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Cancellation.isAsked.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }
}
