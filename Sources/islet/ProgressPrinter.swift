import Glibc
import HostClient
import Synchronization

/// Shows progress on standard error: a bar on a terminal, a line per stage otherwise, nothing when quiet.
final class ProgressPrinter: Sendable {
  private enum Style {
    case bar
    case lines
    case silent
  }

  private struct Shown {
    var percent = -1
    var title = ""
    var start: ContinuousClock.Instant?
    var seconds = -1
  }

  private let style: Style
  private let shown = Mutex(Shown())

  init(quiet: Bool) {
    style = quiet ? .silent : isatty(STDERR_FILENO) == 1 ? .bar : .lines
  }

  func show(_ progress: HostCallbacks.Progress) {
    show(progress.fraction, title: progress.round > 0 ? "\(progress.stage), round \(progress.round)" : progress.stage)
  }

  /// Shows a share of the work done, 0...1, and what is worked on.
  func show(_ fraction: Double, title: String) {
    // Any plugin may call: what is no share counts as its nearest end.
    let percent = Int(max(0, min(1, fraction)) * 100)
    shown.withLock { shown in
      switch style {
      case .silent: return
      case .bar:
        let seconds = Self.secondsLeft(&shown, fraction: fraction)
        guard percent != shown.percent || title != shown.title || seconds != shown.seconds else { return }
        shown.seconds = seconds
        let filled = percent * 30 / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 30 - filled)
        writeError("\r[\(bar)] \(percent) % \(title)\(seconds >= 0 ? ", about \(seconds) s left" : "")\u{1b}[K")
      case .lines:
        guard title != shown.title else { return }
        writeError("\(title) (\(percent) %)\n")
      }
      (shown.percent, shown.title) = (percent, title)
    }
  }

  /// Seconds left if the rest goes as the run went so far; -1 before two seconds and 3 % say anything.
  private static func secondsLeft(_ shown: inout Shown, fraction: Double) -> Int {
    guard let start = shown.start, fraction > 0 else {
      if shown.start == nil || fraction <= 0 { shown.start = .now }
      return -1
    }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    guard elapsed >= 2, fraction >= 0.03, fraction < 1 else { return -1 }
    return Int((elapsed * (1 - fraction) / fraction).rounded(.up))
  }

  /// Ends the bar's line.
  func finish() {
    if style == .bar { writeError("\n") }
  }
}
