import Evaluation
import Foundation

/// A line for each case on standard error, with the time that is left.
struct EvaluationProgress {
  private let total: Int
  private let isQuiet: Bool
  private var done = 0
  private var measured = 0
  private var seconds = 0.0
  private var clock = Clock()

  init(total: Int, isQuiet: Bool) { (self.total, self.isQuiet) = (total, isQuiet) }

  /// Counts a case and says how it went.
  mutating func didFinish(_ record: CaseEvaluation, isNew: Bool) {
    let lap = clock.lap()
    done += 1
    if isNew {
      measured += 1
      seconds += lap
    }
    guard !isQuiet else { return }
    let run = record.defaultRun
    let figures = String(
      format: "coarse %.4f, d > .95 %.4f, as set %.4f (%d rounds, ", record.coarse.dice, record.final.dice,
      run.quality.dice, run.rounds)
    printError("\(done)/\(total) \(record.subject.id): \(figures)\(run.end)), \(isNew ? timing(lap) : "kept")")
  }

  /// Seconds of this case, and what the others will take at the average so far.
  private func timing(_ lap: Double) -> String {
    let left = seconds / Double(max(1, measured)) * Double(total - done)
    let inWords = left < 90 ? String(format: "%.0f s", left) : String(format: "%.0f min", left / 60)
    return String(format: "%.1f s", lap) + (done < total ? "; about \(inWords) left" : "")
  }

  /// Why the run ends here, and what stays.
  var cancelled: CommandFailure {
    CommandFailure(
      exitCode: .cancelled,
      sentence: "cancelled; \(done) of \(total) cases are measured and stay: the same command goes on from there")
  }
}
