import Conformance
import Foundation
import Testing

/// `islet validate`: Islet keeps every promise, and every test of the list can fail.
@Suite struct ConformanceTests {
  @Test func isletKeepsEveryPromise() throws {
    let folder = try TemporaryFolder()
    let file = folder.path + "/report.json"
    let run = try ChildProcess.run(try Stage.islet, ["validate", try Stage.plugin, "--json", file], seconds: 500)
    #expect(run.status == 0, "\(run.output)\(run.errors)")
    let report = try JSONDecoder().decode(ConformanceReport.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    #expect(report.tests.map(\.name) == ConformanceTest.all.map(\.name))
    #expect(report.tests.filter { $0.outcome != .ok }.map { "\($0.name): \($0.sentence)" } == [])
    #expect(run.output.hasPrefix("seed \(report.seed)\n"))
  }

  /// Another implementation of islet.h, which shares no line with Islet's.
  @Test func anotherPluginKeepsEveryPromise() throws {
    let run = try Self.validate(try CompiledHost.faultyPlugin, seconds: 500)
    #expect(run.status == 0, "\(run.output)")
    let others = run.output.split(separator: "\n").dropFirst().dropLast().filter { !$0.hasPrefix("ok: ") }
    #expect(others == ["skipped: worker-killed-while-idle: this plugin keeps no child process between two runs"])
  }

  @Test(arguments: ConformanceTest.all.map(\.name)) func aPluginWithTheFaultOfATestFailsIt(_ name: String) throws {
    let plugin = try name == "one-exported-symbol" ? CompiledHost.exportingPlugin : CompiledHost.faultyPlugin
    let run = try Self.validate(plugin, fault: name, ["--only", name, "--patience", "0.1"])
    let expected = Self.outcomes[name] ?? .failed
    #expect(run.output.contains("\n\(expected.rawValue): \(name): "), "\(run.output)\(run.errors)")
    #expect(run.status == 7)
    #expect(run.output.contains("replay: islet validate"))
  }

  /// How a fault shows that does not show as a broken promise.
  private static let outcomes: [String: Outcome] = [
    "create-null-instance": .crashed, "create-copies-structs": .crashed, "destroy-null": .crashed,
    "null-instance": .crashed, "bundle-shrinks": .crashed, "bundle-from-memory": .crashed,
    "shorter-structs": .crashed,
    "reads-only-the-volume": .crashed, "callbacks-missing": .crashed, "low-memory": .crashed,
    "cancel-in-fine": .timedOut, "worker-stopped": .timedOut,
  ]

  @Test func aSeedReplaysATest() throws {
    let runs = try [7, 7, 8].map { seed in
      try Self.validate(
        try CompiledHost.faultyPlugin, fault: "random-layouts", ["--only", "random-layouts", "--seed", "\(seed)"]
      ).output.split(separator: "\n").first { $0.hasPrefix("failed") }
    }
    #expect(runs[0] != nil && runs[0] == runs[1])
    #expect(runs[0] != runs[2])
  }

  @Test func namesAreWordsWithHyphensAndUsedOnce() {
    let names = ConformanceTest.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(names.allSatisfy { $0.allSatisfy { $0 == "-" || $0.isNumber || ("a"..."z").contains($0) } })
  }

  @Test func theDocumentListsEveryTestWithItsPromise() throws {
    let page = try String(contentsOfFile: try Stage.source("docs/conformance.md"), encoding: .utf8)
    for test in ConformanceTest.all { #expect(page.contains("| `\(test.name)` | \(test.promise) |\n"), "\(test.name)") }
  }

  @Test func listPrintsNamesAndPromises() throws {
    let list = try ChildProcess.run(try Stage.islet, ["validate", "--list"])
    #expect(list.status == 0)
    #expect(list.output == ConformanceTest.all.map { "\($0.name): \($0.promise)\n" }.joined())
  }

  @Test func inProcessRunsWithoutAChild() throws {
    let run = try Self.validate(try CompiledHost.faultyPlugin, ["--in-process", "--only", "entry-repeats"])
    #expect(run.status == 0 && run.output.contains("ok: entry-repeats"))
    let crash = try Self.validate(
      try CompiledHost.faultyPlugin, fault: "destroy-null", ["--in-process", "--only", "destroy-null"])
    #expect(crash.signal == SIGSEGV)
  }

  @Test func whatCannotBeTriedIsRefused() throws {
    let islet = try Stage.islet
    #expect(try ChildProcess.run(islet, ["validate"]).status == 2)
    #expect(try ChildProcess.run(islet, ["validate", "x.so", "--only", "no-such-test"]).status == 2)
    #expect(try ChildProcess.run(islet, ["validate", "x.so", "--patience", "0"]).status == 2)
    let missing = try ChildProcess.run(islet, ["validate", "/nonexistent.so"])
    #expect(missing.status == 3 && missing.errorLines.count == 1, "\(missing.errors)")
    let noPlugin = try ChildProcess.run(islet, ["validate", islet, "--only", "entry-gives-table"])
    #expect(noPlugin.status == 7 && noPlugin.output.contains("failed: entry-gives-table: dlopen"))
  }

  /// Runs the command on a plugin with the bundle that the threshold plugin takes.
  private static func validate(
    _ plugin: String, fault: String = "none", _ options: [String] = [], seconds: Int = 120
  ) throws -> ChildProcess {
    let folder = try TemporaryFolder()
    let bundle = try folder.write(thresholdBundle, "threshold.bundle")
    return try ChildProcess.runTool(
      "env", ["ISLET_FAULT=\(fault)", try Stage.islet, "validate", plugin, "--bundle", bundle] + options,
      seconds: seconds)
  }

  /// Magic, threshold, filling, and a 64-bit FNV-1a checksum.
  static let thresholdBundle: [UInt8] = {
    let text = Array("threshold-bundle\n85\n".utf8) + [UInt8](repeating: 0x78, count: 300)
    let hash = text.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    return text + withUnsafeBytes(of: hash.littleEndian) { Array($0) }
  }()
}
