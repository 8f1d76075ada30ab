/// One promise of islet.h, tried on a plugin in a process of its own.
public struct ConformanceTest: Sendable {
  /// Its name, in kebab case; never given to another test.
  public let name: String
  /// What a plugin promises, in one line.
  public let promise: String
  /// Usual limit in seconds; a few tests run hundreds of calls.
  public let seconds: Int
  private let body: @Sendable (Subject) throws -> Void

  init(
    _ name: String, _ promise: String, seconds: Int = 60, _ body: @escaping @Sendable (Subject) throws -> Void
  ) {
    (self.name, self.promise, self.seconds, self.body) = (name, promise, seconds, body)
  }

  /// Runs the test in this process. A plugin that breaks a promise may end the process.
  public func run(on subject: Subject) -> Verdict {
    do {
      try body(subject)
      return Verdict(.ok)
    } catch let finding as Finding {
      return finding.verdict
    } catch {
      return Verdict(.failed, "the test could not be set up: \(error)")
    }
  }

  /// All tests, in the order of a plugin's life.
  public static let all: [ConformanceTest] =
    entryTests + instanceTests + orderTests + bundleTests + structTests + volumeTests + layoutTests + requestTests
    + outputTests + sameBitsTests + progressTests + cancelTests + planTests + processTests + workerTests + mannersTests

  /// The test of that name.
  public static func named(_ name: String) -> ConformanceTest? { all.first { $0.name == name } }
}
