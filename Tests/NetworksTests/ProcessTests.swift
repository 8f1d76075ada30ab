import Foundation
import Testing

/// What is decided once per process: the instruction set, and whether OpenMP has workers.
@Suite struct ProcessTests {
  struct Outcome {
    let probabilities: [Float]
    /// "AVX2, 1 threads"
    let report: String
  }

  /// One slice through a random network in a process of its own.
  private static func run(_ arguments: [String], _ environment: [String: String]) throws -> Outcome {
    let process = Process()
    process.executableURL = Bundle.module.bundleURL.deletingLastPathComponent()
      .appendingPathComponent("islet-engine-benchmark")
    process.arguments = ["--logits", "--rows", "97", "--columns", "131"] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (output, report) = (Pipe(), Pipe())
    (process.standardOutput, process.standardError) = (output, report)
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    let text = report.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let values = data.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    return Outcome(
      probabilities: values,
      report: String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
  }

  @Test(arguments: [("AVX2", "AVX2"), ("SSE41", "any x86-64")], ["--slim", "--eighth"])
  func smallerCPUGivesTheSameAnswer(_ limit: (setting: String, name: String), _ network: String) throws {
    let whole = try Self.run([network], [:])
    let limited = try Self.run([network], ["ONEDNN_MAX_CPU_ISA": limit.setting])
    let error = relativeError(limited.probabilities, whole.probabilities)
    print(
      "\(network) limited to \(limit.setting) (\(limited.report)) against \(whole.report): worst relative error \(error)"
    )
    #expect(limited.report.hasPrefix(limit.name))
    #expect(!whole.probabilities.isEmpty)
    #expect(error <= 1e-4)
  }

  @Test(arguments: [["--slim"], ["--slim", "--onednn"], ["--slim", "--bfloat16"]])
  func noOpenMPWorkerIsStarted(_ arguments: [String]) throws {
    let outcome = try Self.run(arguments, ["OMP_NUM_THREADS": "4"])
    #expect(outcome.report.contains(", 1 threads"), "\(outcome.report)")
  }
}
