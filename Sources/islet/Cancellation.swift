import Glibc
import Synchronization

/// Ctrl-C and a polite kill ask the run to stop; the plugin then says "cancelled" and nothing half written stays.
enum Cancellation {
  private static let isAsked = Atomic<Bool>(false)

  /// Whether the user asked to stop.
  static var isRequested: Bool { isAsked.load(ordering: .relaxed) }

  /// Installs the handlers; a second Ctrl-C ends the process at once.
  static func listen() {
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        Cancellation.isAsked.store(true, ordering: .relaxed)
        signal(number, SIG_DFL)
      }
    }
  }
}
