public import Foundation

/// All verdicts on one plugin.
public struct ConformanceReport: Codable, Sendable {
  /// One test's verdict.
  public struct Entry: Codable, Sendable {
    /// The test's name.
    public var name: String
    /// How it ended.
    public var outcome: Outcome
    /// Why, unless it is ok.
    public var sentence: String
    /// How long it took.
    public var seconds: Double

    /// Makes an entry.
    public init(_ name: String, _ verdict: Verdict, seconds: Double) {
      (self.name, outcome, sentence, self.seconds) = (name, verdict.outcome, verdict.sentence, seconds)
    }
  }

  /// Version of this format.
  public var schema = "islet-conformance/1"
  /// The plugin's file.
  public var plugin: String
  /// The bundle's file; "synthetic" for one that was made for the run.
  public var bundle: String
  /// The seed that replays every test.
  public var seed: UInt64
  /// How many tests ended in each way.
  public var counts: [String: Int]
  /// The tests in the order in which they ran.
  public var tests: [Entry]
  /// What every output says.
  public var researchUse = "Research use only. Not for diagnosis."

  enum CodingKeys: String, CodingKey {
    case schema, plugin, bundle, seed, counts, tests
    case researchUse = "research_use"
  }

  /// Makes a report and counts.
  public init(plugin: String, bundle: String, seed: UInt64, tests: [Entry]) {
    (self.plugin, self.bundle, self.seed, self.tests) = (plugin, bundle, seed, tests)
    counts = Dictionary(
      uniqueKeysWithValues: Outcome.allCases.map { outcome in
        (outcome.rawValue, tests.count { $0.outcome == outcome })
      })
  }

  /// Whether no test failed, crashed or timed out.
  public var conforms: Bool { !tests.contains { $0.outcome.isBroken } }

  /// The counts in one line.
  public var summary: String {
    Outcome.allCases.map { "\(counts[$0.rawValue] ?? 0) \($0.rawValue)" }.joined(separator: ", ")
  }

  /// As JSON, its keys in order.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}

/// Tests, each in a process of its own.
public struct ConformanceRun {
  private let executable: String
  private let patience: Double
  private let arguments: (ConformanceTest) -> [String]

  /// Where a test's process writes its verdict.
  public static let verdictDescriptor = TestProcess.verdictDescriptor

  /// `executable`, run with `arguments`, runs one test and writes its verdict (`Verdict.encoded`) to
  /// `verdictDescriptor`. `patience` multiplies the time that a test has.
  public init(executable: String, patience: Double, arguments: @escaping (ConformanceTest) -> [String]) {
    (self.executable, self.patience, self.arguments) = (executable, patience, arguments)
  }

  /// Runs one test.
  public func entry(for test: ConformanceTest) -> ConformanceReport.Entry {
    let start = ContinuousClock.now
    let verdict = TestProcess(
      executable: executable, arguments: arguments(test), seconds: Double(test.seconds) * patience
    ).verdict()
    let milliseconds = ((ContinuousClock.now - start) / .milliseconds(1)).rounded()
    return ConformanceReport.Entry(test.name, verdict, seconds: milliseconds / 1000)
  }
}
