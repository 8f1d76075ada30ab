/// How a test of a plugin ended.
public enum Outcome: String, Codable, CaseIterable, Sendable {
  /// The promise was kept.
  case ok
  /// The promise was broken; the sentence says where.
  case failed
  /// The test's process died: by a signal, or because the plugin ended it.
  case crashed
  /// The test's process was still at work after its time and was ended.
  case timedOut = "timed out"
  /// The test does not apply to this plugin, bundle or machine; the sentence says why.
  case skipped
  /// Nothing promised was broken, but a host would not like it.
  case warning

  /// Whether a plugin with this outcome does not conform.
  public var isBroken: Bool { self == .failed || self == .crashed || self == .timedOut }
}

/// What a test found: an outcome, and a sentence unless it is `ok`.
public struct Verdict: Hashable, Sendable {
  /// How the test ended.
  public var outcome: Outcome
  /// What was expected, what was found and where; empty for `ok`.
  public var sentence: String

  /// Makes a verdict.
  public init(_ outcome: Outcome, _ sentence: String = "") { (self.outcome, self.sentence) = (outcome, sentence) }
}

/// Ends a test early: with its verdict.
struct Finding: Error {
  let verdict: Verdict

  static func failed(_ sentence: String) -> Finding { Finding(verdict: Verdict(.failed, sentence)) }
  static func skipped(_ sentence: String) -> Finding { Finding(verdict: Verdict(.skipped, sentence)) }
  static func warning(_ sentence: String) -> Finding { Finding(verdict: Verdict(.warning, sentence)) }
}

/// Ends the test as failed unless the promise was kept.
func promise(_ isKept: Bool, _ otherwise: @autoclosure () -> String) throws(Finding) {
  if !isKept { throw .failed(otherwise()) }
}
