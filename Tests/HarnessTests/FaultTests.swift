import Foundation
import Testing

/// The n-th call that the system refuses, in the host's process and in the worker: a status, never the host's end.
///
/// A sample of what `make faults` runs.
@Suite struct FaultTests {
  @Test func everyKindOfFaultIsAStatus() throws {
    let run = try ChildProcess.run(
      "/bin/bash", [try Stage.source("Integration/conformance/faults.sh"), try Self.stage, "sample"], seconds: 400)
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    let configurations = run.output.split(separator: "\n").filter { $0.contains("faults in") }
    #expect(configurations.count == 2 * 7 * 3)
    let injected = configurations.compactMap { $0.split(separator: " ").dropLast(4).last.flatMap { Int($0) } }
    #expect(injected.reduce(0, +) > 150, "\(run.output)")
    #expect(run.output.contains("files of islet segment: ") && run.output.contains(" 0 broken\n"), "\(run.output)")
  }

  /// The check can fail: a plugin that aborts when the system refuses a mapping.
  @Test func aPluginThatDiesOfAFaultIsFound() throws {
    let folder = try TemporaryFolder()
    let bundle = try folder.write(ConformanceTests.thresholdBundle, "threshold.bundle")
    let run = try ChildProcess.runTool(
      "env",
      ["ISLET_FAULT=low-memory", "PLUGIN=\(try CompiledHost.faultyPlugin)", "BUNDLE=\(bundle)", "/bin/bash"]
        + [try Stage.source("Integration/conformance/faults.sh"), try Self.stage, "sample"], seconds: 400)
    #expect(run.status == 3)
    #expect(run.output.contains("CRASHES (signal 6)"), "\(run.output)")
  }

  private static var stage: String {
    get throws { Stage.package.appendingPathComponent(".build/stage").path }
  }
}
