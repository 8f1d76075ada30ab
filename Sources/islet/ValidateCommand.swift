import ArgumentParser
import Conformance
import Foundation
import Glibc
import ModelBundle

/// `islet validate`: whether a plugin keeps the promises of islet.h.
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Try every promise of islet.h on a plugin, each in a process of its own.",
    discussion: """
      Example: islet validate ./my_plugin.so --bundle my.islet
      Any plugin that implements islet.h can be tried; docs/conformance.md lists the tests. Outcomes: ok, failed, crashed, \
      timed out, skipped, warning. Exit code 0 when none failed, crashed or timed out, 7 otherwise.
      """)

  @Argument(help: "The plugin's shared library.")
  var plugin: String?

  @Option(help: "A bundle that the plugin loads; default: a tiny Islet bundle of random weights.")
  var bundle: String?

  @Option(help: "Only the test of this name; may be given several times.")
  var only: [String] = []

  @Flag(help: "Print names and promises of all tests and end.")
  var list = false

  @Flag(help: "Run the tests in this process: for a debugger. A crash ends the run.")
  var inProcess = false

  @Option(help: "Start of the random numbers; default: another one each time. The same seed replays a test.")
  var seed: UInt64?

  @Option(help: "Write the report as JSON to this file.")
  var json: String?

  @Option(help: "Multiplies the time that each test has (60 s for most).")
  var patience = 1.0

  @Option(help: .hidden)
  var verdictDescriptor: Int32?

  func validate() throws {
    guard list || plugin != nil else { throw ValidationError("Missing expected argument '<plugin>'") }
    for name in only where ConformanceTest.named(name) == nil {
      throw ValidationError("--only \(name): there is no such test; --list prints all names")
    }
    guard patience > 0, patience <= 1000 else { throw ValidationError("--patience \(patience): expected 0 to 1000") }
  }

  func run() throws {
    let tests = ConformanceTest.all.filter { only.isEmpty || only.contains($0.name) }
    guard let plugin, !list else {
      for test in tests { print("\(test.name): \(test.promise)") }
      return
    }
    guard access(plugin, R_OK) == 0 else {
      throw CommandFailure(
        exitCode: .input,
        sentence: "\(plugin) cannot be read (\(String(cString: strerror(errno)))); give a plugin's .so")
    }
    let seed = seed ?? .random(in: 0...UInt64(UInt32.max))
    let folder = try bundle == nil ? ValidationBundle() : nil
    let subject = Subject(plugin: plugin, bundle: bundle ?? folder?.path ?? "", seed: seed)
    if let verdictDescriptor {
      for test in tests { write(test.run(on: subject), to: verdictDescriptor) }
      return
    }
    print("seed \(seed)")
    let report = ConformanceReport(
      plugin: plugin, bundle: bundle ?? "synthetic", seed: seed, tests: tests.map { show(entry(for: $0, subject)) })
    print(report.summary)
    if !report.conforms {
      print("replay: islet validate \(plugin)\(bundle.map { " --bundle \($0)" } ?? "") --seed \(seed) --only NAME")
    }
    if let json { try write(report, to: json) }
    guard report.conforms else {
      throw CommandFailure(
        exitCode: .plugin, sentence: "\(plugin) does not keep every promise of islet.h: \(report.summary)")
    }
  }
}

extension ValidateCommand {
  private func entry(for test: ConformanceTest, _ subject: Subject) -> ConformanceReport.Entry {
    if inProcess { return ConformanceReport.Entry(test.name, test.run(on: subject), seconds: 0) }
    return ConformanceRun(executable: "/proc/self/exe", patience: patience) { test in
      [
        "validate", subject.plugin, "--bundle", subject.bundle, "--seed", "\(subject.seed)", "--only", test.name,
        "--verdict-descriptor", "\(ConformanceRun.verdictDescriptor)",
      ]
    }.entry(for: test)
  }

  private func show(_ entry: ConformanceReport.Entry) -> ConformanceReport.Entry {
    print("\(entry.outcome.rawValue): \(entry.name)\(entry.sentence.isEmpty ? "" : ": \(entry.sentence)")")
    // A long run is watched; without this a pipe would show it all at the end.
    fflush(nil)
    return entry
  }

  private func write(_ verdict: Verdict, to descriptor: Int32) {
    _ = writeAll(Array(verdict.encoded.utf8), to: descriptor)
  }

  private func write(_ report: ConformanceReport, to file: String) throws {
    do {
      try report.json().write(to: URL(fileURLWithPath: file), options: .atomic)
    } catch {
      throw CommandFailure(exitCode: .resources, sentence: "\(file) cannot be written: \(error.localizedDescription)")
    }
  }
}

/// A bundle of very small networks with random weights, in a folder that goes with it.
private final class ValidationBundle {
  let path: String
  private let folder: String

  init() throws {
    folder = NSTemporaryDirectory() + "/islet-validate-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    path = folder + "/tiny.islet"
    try BundleSynthesizer.synthesize(.synthetic(topology: .tiny), dtype: .float32, seed: 1, output: path)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }
}
