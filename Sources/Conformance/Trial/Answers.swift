import CIslet
import Synchronization

/// Statuses that were got on other threads or inside callbacks.
final class Answers: Sendable {
  private let answers = Mutex<[(call: String, status: islet_status)]>([])

  var all: [(call: String, status: islet_status)] { answers.withLock { $0 } }

  func add(_ call: String, _ status: islet_status) { answers.withLock { $0.append((call, status)) } }
}
