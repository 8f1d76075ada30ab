import CIslet
import Glibc
import Synchronization

/// A host whose callbacks remember what they hear and answer as the test wants.
///
/// `@unchecked Sendable`: what is heard is behind a mutex; the answers are set before a call and only read during it.
final class RecordingHost: @unchecked Sendable {
  /// One call of `progress`.
  struct Report: Sendable {
    var fraction: Double
    var stage: String
    var iteration: UInt32
    var thread: UInt
  }

  private struct Heard {
    var reports: [Report] = []
    var lines: [String] = []
    var logThreads: Set<UInt> = []
    var polls = 0
  }

  private let heard = Mutex(Heard())
  /// The answer of `is_cancelled`, given the number of the question, from 1.
  var isCancelled: @Sendable (Int) -> Bool = { _ in false }
  /// What happens inside `progress`.
  var onReport: @Sendable (Report) -> Void = { _ in }

  var reports: [Report] { heard.withLock { $0.reports } }
  var lines: [String] { heard.withLock { $0.lines } }
  var logThreads: Set<UInt> { heard.withLock { $0.logThreads } }
  /// How often `is_cancelled` was asked.
  var polls: Int { heard.withLock { $0.polls } }

  /// Forgets what was heard, before another call.
  func forget() { heard.withLock { $0 = Heard() } }

  /// The table, with every callback. Valid as long as this object lives.
  var table: islet_host {
    var table = islet_host()
    table.struct_size = UInt32(MemoryLayout<islet_host>.size)
    table.host_data = Unmanaged.passUnretained(self).toOpaque()
    table.log = { data, _, message in
      RecordingHost.from(data)?.hear(line: message.map { String(cString: $0) } ?? "NULL")
    }
    table.progress = { data, fraction, stage, iteration, _ in
      RecordingHost.from(data)?.hear(
        Report(
          fraction: fraction, stage: stage.map { String(cString: $0) } ?? "NULL", iteration: iteration,
          thread: UInt(pthread_self())))
    }
    table.is_cancelled = { data in RecordingHost.from(data)?.answer() ?? 0 }
    table.get_extension = { _, _ in nil }
    return table
  }

  private static func from(_ data: UnsafeMutableRawPointer?) -> RecordingHost? {
    data.map { Unmanaged<RecordingHost>.fromOpaque($0).takeUnretainedValue() }
  }

  private func hear(line: String) {
    heard.withLock {
      $0.lines.append(line)
      $0.logThreads.insert(UInt(pthread_self()))
    }
  }

  private func hear(_ report: Report) {
    heard.withLock { $0.reports.append(report) }
    onReport(report)
  }

  private func answer() -> Int32 {
    let question = heard.withLock { heard in
      heard.polls += 1
      return heard.polls
    }
    return isCancelled(question) ? 1 : 0
  }
}
