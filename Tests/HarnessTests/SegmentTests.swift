import Foundation
import ImageFiles
import Testing
import Volumes

/// `islet segment` on the repository's CT with the shipped bundle.
@Suite(.serialized) struct SegmentTests {
  private static let ct = "Integration/data/example_ct.nii.gz"
  private static let files = [
    "mask.nii.gz", "montage.jpg", "overlay-axial.jpg", "overlay-coronal.jpg", "overlay-sagittal.jpg",
    "probability.nii.gz", "report.html", "result.json", "statistics.csv",
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

  @Test func everyFormatOfAFileInputIsWrittenAndOlderOnesGo() throws {
    let folder = try TemporaryFolder()
    let all = try Run(["--formats", "nrrd,seg-nrrd,surface", "--rounds", "0", "--quiet"], in: folder)
    #expect(all.process.status == 0, "\(all.process.errors)")
    let files = try FileManager.default.contentsOfDirectory(atPath: all.output)
    #expect(Set(files).isSuperset(of: ["mask.nrrd", "probability.nrrd", "mask.seg.nrrd", "surface.ply"]))
    #expect(!files.contains("mask.nii.gz"))
    let nifti = try Run(["--rounds", "0", "--quiet"], in: folder)
    #expect(try FileManager.default.contentsOfDirectory(atPath: nifti.output).sorted() == Self.files)
  }

  @Test func statisticsAreThoseOfTheResult() throws {
    let run = try Self.shared.get()
    let result = try JSONDecoder().decode(ResultJSON.self, from: Data(fileBytes(run.output + "/result.json")))
    let csv = String(decoding: try fileBytes(run.output + "/statistics.csv"), as: UTF8.self)
    let values = csv.split(separator: "\n")[1].split(separator: ",")
    #expect(values[1] == "\"pancreas\"" && Int(values[2]) == result.voxels)
    #expect(abs((Double(values[3]) ?? 0) - result.volume_ml) < 0.001)
    #expect((values[6] == "1") == result.flags.contains("touches-border"))
  }

  @Test func anonymousRunHidesTheInputsName() throws {
    let folder = try TemporaryFolder()
    let ct = folder.path + "/Doe^Jane.nii.gz"
    try FileManager.default.copyItem(atPath: Stage.source(Self.ct), toPath: ct)
    for (option, isHidden) in [([], false), (["--anonymous"], true)] as [([String], Bool)] {
      let output = folder.path + "/out-\(isHidden)"
      let process = try ChildProcess.run(
        try Stage.islet, ["segment", ct, "--output", output, "--rounds", "0", "--quiet"] + option)
      #expect(process.status == 0, "\(process.errors)")
      for file in ["report.html", "result.json", "statistics.csv"] {
        let text = String(decoding: try fileBytes(output + "/" + file), as: UTF8.self)
        #expect(text.contains("Doe^Jane") == (!isHidden && file == "report.html"), "\(file)")
      }
    }
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

  /// What a processor without the instructions does is refused with a sentence; both are results.
  @Test(arguments: ["bfloat16", "int8"]) func namedPrecisionIsUsedOrRefused(_ precision: String) throws {
    let run = try Run(["--precision", precision, "--json", "--quiet"], in: TemporaryFolder())
    guard run.process.status == 0 else {
      #expect(run.process.status == 2 && run.process.errorLines.count == 1, "\(run.process.errors)")
      #expect(run.process.errors.contains(precision), "\(run.process.errors)")
      return
    }
    let result = try JSONDecoder().decode(ResultJSON.self, from: Data(run.process.output.utf8))
    #expect(result.precision == precision)
  }

  @Test func fastTakesOneSliceInThreeAndSaysSo() throws {
    struct Choice: Decodable {
      struct Coarse: Decodable { let slices_computed: Int }
      let quality, precision: String
      let precision_reason: String?
      let coarse: Coarse
    }
    func decoded(_ run: Run) throws -> Choice {
      try JSONDecoder().decode(Choice.self, from: Data(run.process.output.utf8))
    }
    let exact = try decoded(Self.shared.get())
    let fast = try decoded(Run(["--quality", "fast", "--json", "--quiet"], in: TemporaryFolder()))
    #expect(exact.quality == "exact" && fast.quality == "fast")
    #expect((3 * fast.coarse.slices_computed - exact.coarse.slices_computed) <= 6)
    #expect(fast.coarse.slices_computed < exact.coarse.slices_computed)
    #expect(exact.precision_reason?.hasPrefix("chosen: \(exact.precision)") == true)
    #expect(fast.precision_reason?.hasPrefix("chosen: \(fast.precision)") == true)
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
