import Foundation
import Testing

@testable import ModelBundle

/// `islet bench`: what is measured and written; no test looks at a time.
@Suite struct BenchTests {
  private struct Report: Decodable {
    struct Measurement: Decodable {
      let engine: String, precision: String, size: String
      let milliseconds: [Double]
      let median_ms: Double
    }
    struct Input: Decodable {
      let size: String
      let non_zero_share: Double
    }
    let inputs: [Input]
    let measurements: [Measurement]
    let research_use: String
  }

  private struct Volume: Decodable {
    struct Stage: Decodable {
      let stage: String, view: String
      let slices: Int, slices_computed: Int
      let seconds: Double, computed_seconds: Double
    }
    let is_extrapolated: Bool
    let stages: [Stage]
    let total_seconds: Double, load_seconds: Double, coarse_seconds: Double, fine_round_seconds: Double
  }

  private func decoded<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test func engineIsTimedOnEverySizeInEveryRound() throws {
    let folder = try TemporaryFolder()
    try TinyBundle.write(to: folder.path + "/tiny.islet")
    let bench = try ChildProcess.run(
      try Stage.islet,
      [
        "bench", "engine", "--bundle", folder.path + "/tiny.islet", "--ct",
        try Stage.source("Integration/data/example_ct.nii.gz"), "--sizes", "64x48,33x20", "--precisions", "float32",
        "--rounds", "3", "--output", folder.path + "/bench",
      ])
    #expect(bench.status == 0, "\(bench.errors)")
    let report = try decoded(Report.self, folder.path + "/bench/engine.json")
    #expect(report.measurements.map(\.size) == ["64x48", "33x20"])
    for measurement in report.measurements {
      #expect(measurement.engine == "islet" && measurement.milliseconds.count == 3)
      #expect(measurement.median_ms == measurement.milliseconds.sorted()[1])
    }
    #expect(report.inputs.allSatisfy { $0.non_zero_share > 0.1 }, "the slices show no body")
    #expect(report.research_use.contains("not for diagnosis") && bench.output.contains("64x48"))
  }

  @Test func volumeTimesEveryPassAndSaysWhatIsExtrapolated() throws {
    let folder = try TemporaryFolder()
    try TinyBundle.write(to: folder.path + "/tiny.islet")
    let bench = try ChildProcess.run(
      try Stage.islet,
      [
        "bench", "volume", "--bundle", folder.path + "/tiny.islet", "--ct",
        try Stage.source("Integration/data/example_ct.nii.gz"), "--mask",
        try Stage.source("Models/training/atlas/labels.nii.gz"), "--mask-value", "7", "--size", "64x56x40",
        "--precision", "float32", "--quality", "fast", "--rounds", "2", "--share", "4", "--output",
        folder.path + "/bench",
      ])
    #expect(bench.status == 0, "\(bench.errors)")
    let report = try decoded(Volume.self, folder.path + "/bench/volume.json")
    #expect(report.is_extrapolated && bench.output.contains("Extrapolated: one slice in 4"))
    let coarse = report.stages.filter { $0.stage == "coarse" }
    // Every third of 56 coronal, 64 sagittal and 40 axial slices.
    #expect(coarse.map(\.slices) == [19, 21, 13])
    for stage in report.stages {
      #expect(stage.slices > 0 && stage.slices_computed <= (stage.slices + 3) / 4 && stage.slices_computed > 0)
      let whole = stage.computed_seconds * Double(stage.slices) / Double(stage.slices_computed)
      #expect(abs(stage.seconds - whole) < 1e-9)
    }
    let sum = report.load_seconds + report.coarse_seconds + 2 * report.fine_round_seconds
    #expect(abs(report.total_seconds - sum) < 1e-9)
  }

  @Test func failuresAreOneSentenceWithACode() throws {
    let folder = try TemporaryFolder()
    try TinyBundle.write(to: folder.path + "/tiny.islet")
    let ct = try Stage.source("Integration/data/example_ct.nii.gz")
    let common = ["bench", "engine", "--bundle", folder.path + "/tiny.islet", "--output", folder.path + "/bench"]
    let cases: [([String], Int32)] = [
      (common + ["--ct", folder.path + "/none.nii.gz"], 3),
      (common + ["--ct", ct, "--network", "middling-axial"], 2),
      (common + ["--ct", ct, "--sizes", "600x600"], 2),
      (common + ["--ct", ct, "--engine", folder.path + "/none"], 7),
      (common + ["--ct", ct, "--engine", "/bin/true", "--precisions", "float32", "--sizes", "16x16"], 7),
      (common + ["--ct", ct, "--precisions", "float8"], 2),
    ]
    for (arguments, status) in cases {
      let process = try ChildProcess.run(try Stage.islet, arguments)
      #expect(process.status == status && process.output.isEmpty, "\(arguments.last ?? ""): \(process.errors)")
    }
    #expect(try folder.names == ["tiny.islet"])
  }
}
