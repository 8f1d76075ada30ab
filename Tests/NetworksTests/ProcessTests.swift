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

  /// A plan must know what oneDNN will have without opening it: the names of oneDNN's setting are read in two places.
  @Test(arguments: [
    "", "ALL", "SSE41", "AVX", "AVX2", "avx2", "AVX2_VNNI", "AVX512_MIC", "AVX512_CORE", "Avx512_Core",
    "AVX512_CORE_VNNI",
    "AVX512_CORE_BF16", "AVX512_CORE_AMX", "AVX512_CORE_FP16", "AVX3", " AVX2",
    "AVX512_CORE_OF_A_VERY_LONG_NAME_INDEED",
  ])
  func precisionsAreOfferedAsOneDNNHasThem(_ setting: String) throws {
    for environment in [
      ["ONEDNN_MAX_CPU_ISA": setting], ["DNNL_MAX_CPU_ISA": setting],
      ["ONEDNN_MAX_CPU_ISA": setting, "DNNL_MAX_CPU_ISA": "AVX512_CORE_VNNI"],
    ] {
      let report = try Self.run(["--slim"], environment).report
      let words = report.components(separatedBy: ", ")
      let lists = words.suffix(2).compactMap { $0.split(separator: " ").last }
      #expect(words.count == 4 && lists.count == 2 && lists[0] == lists[1], "\(environment): \(report)")
    }
  }

  @Test(arguments: [["--slim"], ["--slim", "--onednn"], ["--slim", "--bfloat16"]])
  func noOpenMPWorkerIsStarted(_ arguments: [String]) throws {
    let outcome = try Self.run(arguments, ["OMP_NUM_THREADS": "4"])
    #expect(outcome.report.contains(", 1 threads"), "\(outcome.report)")
  }
}
