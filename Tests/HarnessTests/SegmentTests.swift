import Foundation
import ImageFiles
import Testing
import Volumes

/// `islet segment` on the repository's CT with the shipped bundle.
@Suite(.serialized) struct SegmentTests {
  private static let ct = "Integration/data/example_ct.nii.gz"
  private static let files = [
    "mask.nii.gz", "overlay-axial.jpg", "overlay-coronal.jpg", "overlay-sagittal.jpg", "probability.nii.gz",
    "report.html", "result.json",
  ]
  /// One run with default options and --json that several tests look at.
  private static let shared = Result { try Run(["--threads", "1", "--json"], in: TemporaryFolder(untilExit: true)) }

  /// A finished run and its folder.
  struct Run: Sendable {
    let folder: TemporaryFolder
    let process: ChildProcess
    var output: String { folder.path + "/out" }

    init(_ options: [String], in folder: TemporaryFolder) throws {
      self.folder = folder
      process = try ChildProcess.run(
        try Stage.islet,
        ["segment", try Stage.source(SegmentTests.ct), "--output", folder.path + "/out"] + options)
    }
  }

  /// What is read back from result.json; a missing or renamed field fails the decoding.
  struct ResultJSON: Decodable {
    struct Round: Decodable {
      let round: Int
      let dsc_to_previous: Double
      let voxels, slices_computed, slices_reused: Int
      let seconds: Double
    }
    struct Grid: Decodable {
      let size: [Int]
      let spacing_mm, origin_lps_mm: [Double]
      let direction_lps: [[Double]]
    }
    struct Bundle: Decodable {
      let id, version, sha256: String
      let signed_by: String?
    }
    struct Label: Decodable {
      let value: Int
      let name: String
    }
    struct Agreement: Decodable { let mean: Double }
    struct Seconds: Decodable { let read, load, prepare, coarse, fine, finish, write: Double }
    struct Versions: Decodable { let islet, plugin, interface: String }
    let schema, status, end, precision, research_use: String
    let rounds: [Round]
    let label: Label
    let voxels, threads, peak_bytes: Int
    let volume_ml: Double
    let view_agreement: Agreement
    let flags: [String]
    let geometry, working_grid: Grid
    let bundle: Bundle
    let seconds: Seconds
    let versions: Versions
  }

  @Test func writesEveryFileAndNothingElse() throws {
    let run = try Self.shared.get()
    #expect(run.process.status == 0, "\(run.process.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: run.output).sorted() == Self.files)
    #expect(try run.folder.names == ["out"], "a hidden folder was left")
  }

  @Test func resultAgreesWithTheMaskAndTheCT() throws {
    let run = try Self.shared.get()
    let bytes = try fileBytes(run.output + "/result.json")
    #expect(Array(run.process.output.utf8) == bytes, "--json prints what the file holds")
    let result = try JSONDecoder().decode(ResultJSON.self, from: Data(bytes))
    let (mask, geometry) = try NIfTI.readLabels(run.output + "/mask.nii.gz")
    let ct = try NIfTI.read(Stage.source(Self.ct)).volume
    #expect(geometry.size == ct.size)
    let foreground = mask.labels.count { $0 != 0 }
    #expect(Set(mask.labels) == [0, UInt8(result.label.value)])
    #expect(result.voxels == foreground)
    #expect(abs(result.volume_ml - Double(foreground) * ct.geometry.voxelMillilitres) < 1e-6)
    #expect(result.geometry.size == [ct.size.x, ct.size.y, ct.size.z])
    #expect(result.schema == "org.islet.result/1" && result.status == "ok")
    #expect(["converged", "rounds-used-up", "collapsed"].contains(result.end))
    #expect(result.rounds.map(\.round) == Array(1...result.rounds.count))
    #expect(result.rounds.allSatisfy { (0...1).contains($0.dsc_to_previous) })
    #expect(!result.flags.contains("unsigned-bundle") && !result.flags.contains("no-confidence"))
    #expect(result.label.name == "pancreas" && result.bundle.id == "pancreas")
    #expect(result.bundle.sha256.count == 64 && result.threads == 1 && result.versions.interface == "1.0")
    #expect(result.research_use.contains("not for diagnosis"))
  }

  @Test func reportHoldsNoReferenceToOtherFiles() throws {
    let report = String(decoding: try fileBytes(Self.shared.get().output + "/report.html"), as: UTF8.self)
    #expect(report.contains("pancreas") && report.contains("not for diagnosis"))
    #expect(!report.contains("src=\"http") && !report.contains("href=\"http"))
  }

  @Test(arguments: [2, 4]) func resultIsTheSameForAnyNumberOfThreads(_ threads: Int) throws {
    let one = try Self.shared.get()
    let many = try Run(["--threads", "\(threads)", "--quiet"], in: TemporaryFolder())
    #expect(many.process.status == 0 && many.process.errors.isEmpty, "\(many.process.errors)")
    for file in ["mask.nii.gz", "probability.nii.gz"] {
      let same = try fileBytes(one.output + "/" + file) == fileBytes(many.output + "/" + file)
      #expect(same, "\(file) differs between 1 and \(threads) threads")
    }
  }

  @Test func minimalHostGetsTheSameMask() throws {
    let folder = try TemporaryFolder()
    try NIfTI.write(volume: NIfTI.read(Stage.source(Self.ct)).volume, to: folder.path + "/ct.nii")
    let host = try ChildProcess.run(
      try CompiledHost.minimalHost,
      [try Stage.plugin, try Stage.defaultBundle, folder.path + "/ct.nii", folder.path + "/mask.raw"])
    #expect(host.status == 0, "\(host.errors)")
    let expected = try NIfTI.readLabels(Self.shared.get().output + "/mask.nii.gz").labels.labels
    let same = try fileBytes(folder.path + "/mask.raw") == expected
    #expect(same, "the C host's mask differs from the harness's")
  }

  @Test(arguments: [SIGINT, SIGTERM]) func signalCancelsAndLeavesNothing(_ signal: Int32) throws {
    let folder = try TemporaryFolder()
    let running = try RunningProcess(
      try Stage.islet, ["segment", try Stage.source(Self.ct), "--output", folder.path + "/new/out", "--threads", "1"])
    // The command says "coarse (..." when the networks begin: from then on seconds are left to cancel in.
    while running.isRunning, try !running.errorsSoFar.contains("coarse") { usleep(5_000) }
    running.send(signal)
    let process = try running.wait()
    #expect(process.status == 130, "\(process.errors)")
    #expect(process.errorLines.last?.contains("cancelled") == true)
    #expect(try folder.names == [])
  }
}
