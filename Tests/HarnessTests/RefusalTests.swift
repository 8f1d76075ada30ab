import Foundation
import Glibc
import ImageFiles
import Testing
import Volumes

/// What `islet segment` says and leaves behind when it cannot give a mask.
@Suite struct RefusalTests {
  /// A small CT and a tiny bundle that fit each other, and a place for results.
  final class Bench {
    let folder: TemporaryFolder
    let ct: String
    let bundle: String

    init() throws {
      folder = try TemporaryFolder()
      ct = folder.path + "/ct.nii"
      bundle = folder.path + "/tiny.islet"
      try TinyBundle.write(to: bundle)
      try NIfTI.write(volume: Self.volume { x, y, z in Int16((x * 7 + y * 13 + z * 29) % 200 - 40) }, to: ct)
    }

    static func volume(_ hounsfield: (Int, Int, Int) -> Int16) throws -> Volume {
      let size = try #require(VolumeSize(x: 24, y: 21, z: 19))
      let geometry = try VolumeGeometry(
        size: size, spacing: SIMD3(repeating: 1), origin: .zero, direction: VolumeGeometry.identityDirection)
      let voxels = (0..<size.voxelCount).map { index in
        hounsfield(index % size.x, index / size.x % size.y, index / (size.x * size.y))
      }
      return try #require(Volume(geometry: geometry, voxels: voxels))
    }

    /// Runs a segmentation that should fail and checks what every failure has in common.
    func refuse(
      _ input: String, _ options: [String] = [], bundle: String? = nil, exitCode: Int32, saying word: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let before = try folder.names
      let process = try ChildProcess.run(
        try Stage.islet,
        ["segment", input, "--output", folder.path + "/new/out", "--quiet", "--bundle", bundle ?? self.bundle]
          + ["--allow-unsigned"] + options)
      #expect(process.status == exitCode, "\(process.errors)", sourceLocation: sourceLocation)
      #expect(process.output.isEmpty, sourceLocation: sourceLocation)
      #expect(process.errors.contains(word), "\(process.errors)", sourceLocation: sourceLocation)
      if exitCode != 2 {
        #expect(process.errorLines.count == 1, "\(process.errors)", sourceLocation: sourceLocation)
        #expect(process.errors.hasPrefix("islet: "), sourceLocation: sourceLocation)
      }
      #expect(try folder.names == before, "something was left", sourceLocation: sourceLocation)
    }

    /// The CT's bytes after a change.
    func changed(_ name: String, _ change: (inout [UInt8]) -> Void) throws -> String {
      var bytes = try fileBytes(ct)
      change(&bytes)
      return try folder.write(bytes, name)
    }
  }

  @Test func missingInputEndsWith3() throws {
    let bench = try Bench()
    try bench.refuse(bench.folder.path + "/none.nii", exitCode: 3, saying: "none.nii")
  }

  @Test func emptyInputEndsWith3() throws {
    let bench = try Bench()
    try bench.refuse(bench.folder.write([], "empty.nii"), exitCode: 3, saying: "empty.nii")
  }

  @Test func truncatedInputEndsWith3() throws {
    let bench = try Bench()
    try bench.refuse(bench.changed("cut.nii") { $0.removeLast(100) }, exitCode: 3, saying: "copy the file again")
    let whole = try fileBytes(Stage.source("Integration/data/example_ct.nii.gz"))
    try bench.refuse(bench.folder.write(Array(whole.prefix(100_000)), "cut.nii.gz"), exitCode: 3, saying: "cut.nii.gz")
  }

  @Test func fileThatIsNoImageEndsWith3() throws {
    let bench = try Bench()
    let text = [UInt8](String(repeating: "not an image\n", count: 100).utf8)
    try bench.refuse(bench.folder.write(text, "notes.nii"), exitCode: 3, saying: "notes.nii")
  }

  @Test(arguments: [Int16.min, -1, 0, Int16.max]) func impossibleSizeEndsWith3(_ extent: Int16) throws {
    let bench = try Bench()
    // dim[1...3], little endian, at byte 42.
    let path = try bench.changed("dim.nii") { bytes in
      for axis in 0..<3 {
        bytes[42 + 2 * axis] = UInt8(truncatingIfNeeded: extent)
        bytes[43 + 2 * axis] = UInt8(truncatingIfNeeded: extent >> 8)
      }
    }
    try bench.refuse(path, exitCode: 3, saying: "dim.nii")
  }

  @Test func folderWithoutACTEndsWith3() throws {
    let bench = try Bench()
    let empty = bench.folder.path + "/series"
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
    try bench.refuse(empty, exitCode: 3, saying: "series")
    try Data("no image".utf8).write(to: URL(fileURLWithPath: empty + "/notes.txt"))
    try bench.refuse(empty, exitCode: 3, saying: "series")
  }

  @Test func missingBundleEndsWith4() throws {
    let bench = try Bench()
    try bench.refuse(bench.ct, bundle: bench.folder.path + "/none.islet", exitCode: 4, saying: "none.islet")
    try bench.refuse(bench.ct, bundle: bench.folder.path, exitCode: 4, saying: "not an ordinary file")
  }

  /// One changed byte anywhere in a bundle is found: in each field of the header, the manifest, and every sixth of the
  /// weights, so in the sections of each of the six networks.
  @Test func changedByteInTheBundleEndsWith4() throws {
    let bench = try Bench()
    let intact = try fileBytes(bench.bundle)
    let header = [0, 6, 8, 12, 20, 24, 34, 50, 74, 90, 100, 127]
    let manifest = [128, 129, 2_000, 9_000]
    let weights = (1...12).map { 20_000 + (intact.count - 20_000) * $0 / 12 - 1 }
    for place in header + manifest + weights {
      var bytes = intact
      bytes[place] ^= 0x10
      let path = try bench.folder.write(bytes, "changed.islet")
      try bench.refuse(bench.ct, bundle: path, exitCode: 4, saying: "changed.islet")
    }
  }

  /// A name without a folder is a file here, as everywhere else on the command line.
  @Test func pluginInTheWorkingFolderIsFound() throws {
    let bench = try Bench()
    func segment(_ folder: String, _ plugin: String) throws -> ChildProcess {
      try ChildProcess.runTool(
        "bash",
        [
          "-c",
          "cd \"$0\" && \"$1\" segment \"$2\" --output \"$3\" --bundle \"$4\" --plugin \"$5\" --quiet --allow-unsigned",
        ]
          + [folder, try Stage.islet, bench.ct, bench.folder.path + "/out", bench.bundle, plugin])
    }
    let folder = String(try Stage.plugin.dropLast("/islet.so".count))
    #expect(try segment(folder, "islet.so").status == 0)
    _ = try bench.folder.write(Array("not a library".utf8), "text.so")
    let refused = try segment(bench.folder.path, "text.so")
    #expect(refused.status == 7 && !refused.errors.contains("No such file"), "\(refused.errors)")
  }

  @Test func fileThatIsNoPluginEndsWith7() throws {
    let bench = try Bench()
    let text = try bench.folder.write(Array("not a library".utf8), "text.so")
    try bench.refuse(bench.ct, ["--plugin", text], exitCode: 7, saying: "cannot be loaded as a plugin")
    try bench.refuse(bench.ct, ["--plugin", "/nonexistent.so"], exitCode: 7, saying: "/nonexistent.so")
  }

  @Test(
    arguments: [
      ("int nothing;", "does not export islet_plugin_entry"),
      ("int islet_plugin_entry(unsigned v, void *h, void **t) { (void)v, (void)h; *t = 0; return 101; }", "refuses"),
      (
        "static unsigned table[64] = {8}; int islet_plugin_entry(unsigned v, void *h, void **t)"
          + "{ (void)v, (void)h; *t = table; return 0; }", "lacks functions"
      ),
    ]) func libraryWithoutWhatAPluginNeedsEndsWith7(_ source: String, _ word: String) throws
  {
    let bench = try Bench()
    let library = bench.folder.path + "/other.so"
    let code = try bench.folder.write(Array(source.utf8), "other.c")
    let compiler = try ChildProcess.runTool("gcc", ["-shared", "-fPIC", code, "-o", library])
    #expect(compiler.status == 0, "\(compiler.errors)")
    try bench.refuse(bench.ct, ["--plugin", library], exitCode: 7, saying: word)
  }

  @Test(
    arguments: [
      ["--threads", "0"], ["--threads", "257"], ["--rounds", "101"], ["--threshold", "1.5"], ["--margin", "513"],
      ["--component-ratio", "1.5"], ["--component-ratio", "nan"], ["--component-ratio", "on"],
      ["--coarse-fusion", "median"], ["--fine-fusion", ""], ["--label", "kidney"], ["--label", "0"],
      ["--formats", "bmp"], ["--formats", "dicom-seg"], ["--formats", "nifti,rtstruct"], ["--formats", ""],
      ["--timeout", "0"], ["--unknown"],
    ]) func wrongOptionEndsWith2(_ options: [String]) throws
  {
    let bench = try Bench()
    try bench.refuse(bench.ct, options, exitCode: 2, saying: options[0])
  }

  @Test func missingArgumentEndsWith2() throws {
    for arguments in [["segment"], ["segment", "ct.nii"], ["frobnicate"]] {
      let process = try ChildProcess.run(try Stage.islet, arguments)
      #expect(process.status == 2 && process.output.isEmpty && process.errors.contains("Usage"), "\(process.errors)")
    }
  }

  @Test func outputThatIsAFileEndsWith2AndLeavesIt() throws {
    let bench = try Bench()
    let file = try bench.folder.write([1, 2, 3], "taken")
    let process = try ChildProcess.run(
      try Stage.islet, ["segment", bench.ct, "--output", file, "--bundle", bench.bundle, "--quiet", "--allow-unsigned"])
    #expect(process.status == 2 && process.errors.contains("is a file"), "\(process.errors)")
    #expect(try fileBytes(file) == [1, 2, 3])
  }

  @Test func whatAKilledRunLeftBehindGoesWithTheNextOne() throws {
    let bench = try Bench()
    let output = bench.folder.path + "/out"
    let files = FileManager.default
    func leave(_ name: String, minutesAgo: Double) throws -> String {
      let folder = output + "/" + name
      try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data("half".utf8).write(to: URL(fileURLWithPath: folder + "/mask.nii.gz"))
      try files.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -60 * minutesAgo)], ofItemAtPath: folder)
      return folder
    }
    let abandoned = try leave(".islet.partial-4000001", minutesAgo: 5)
    let young = try leave(".islet.partial-4000002", minutesAgo: 0)
    let foreign = try leave(".islet.partial-mine", minutesAgo: 5)
    let inUse = try leave(".islet.partial-4000003", minutesAgo: 5)
    let lock = open(inUse, O_RDONLY | O_CLOEXEC)
    defer { close(lock) }
    #expect(flock(lock, LOCK_EX) == 0)
    let run = try ChildProcess.run(
      try Stage.islet,
      [
        "segment", bench.ct, "--output", output, "--bundle", bench.bundle, "--allow-unsigned", "--quiet", "--rounds",
        "0",
      ])
    #expect(run.status == 0 || run.status == 6, "\(run.errors)")
    #expect(!files.fileExists(atPath: abandoned))
    #expect([young, foreign, inUse].allSatisfy { files.fileExists(atPath: $0) })
  }

  @Test func failureLeavesAnExistingOutputFolderAsItWas() throws {
    let bench = try Bench()
    let output = bench.folder.path + "/results"
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    try Data("kept".utf8).write(to: URL(fileURLWithPath: output + "/notes.txt"))
    try TinyBundle.write(.weights, to: bench.bundle)
    let process = try ChildProcess.run(
      try Stage.islet,
      ["segment", bench.ct, "--output", output, "--bundle", bench.bundle, "--quiet", "--allow-unsigned"])
    #expect(process.status == 4, "\(process.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: output) == ["notes.txt"])
    #expect(try bench.folder.names == ["ct.nii", "results", "tiny.islet"])
  }

  @Test func secondResultInTheSameFolderKeepsNoFileOfTheFirst() throws {
    let bench = try Bench()
    let output = bench.folder.path + "/out"
    let arguments = ["segment", bench.ct, "--output", output, "--bundle", bench.bundle, "--quiet", "--allow-unsigned"]
    #expect(try ChildProcess.run(try Stage.islet, arguments + ["--view-masks"]).status == 0)
    let first = try FileManager.default.contentsOfDirectory(atPath: output).sorted()
    #expect(first.contains("views.nii.gz"))
    try Data("kept".utf8).write(to: URL(fileURLWithPath: output + "/notes.txt"))
    #expect(try ChildProcess.run(try Stage.islet, arguments).status == 0)
    let second = try FileManager.default.contentsOfDirectory(atPath: output).sorted()
    #expect(second == (first.filter { $0 != "views.nii.gz" } + ["notes.txt"]).sorted())
  }

  /// The input is never replaced by a result, nor removed where one is not written, and nothing else of its folder either.
  @Test(arguments: ["mask.nii.gz", "mask.nrrd"]) func inputNamedLikeAResultStays(_ name: String) throws {
    let bench = try Bench()
    let output = bench.folder.path + "/results"
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    let input = output + "/" + name
    try FileManager.default.moveItem(atPath: bench.ct, toPath: input)
    let before = try fileBytes(input)
    let process = try ChildProcess.run(
      try Stage.islet, ["segment", input, "--output", output, "--bundle", bench.bundle, "--quiet", "--allow-unsigned"])
    #expect(process.status == 5 && process.errors.contains("\(name) is an input"), "\(process.errors)")
    #expect(try fileBytes(input) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: output) == [name])
  }

  /// A folder in the place of one result refuses them all, and leaves what was there.
  @Test func folderInThePlaceOfAFileIsRefusedBeforeAnythingIsReplaced() throws {
    let bench = try Bench()
    let output = bench.folder.path + "/results"
    try FileManager.default.createDirectory(atPath: output + "/report.html", withIntermediateDirectories: true)
    let process = try ChildProcess.run(
      try Stage.islet,
      ["segment", bench.ct, "--output", output, "--bundle", bench.bundle, "--quiet", "--allow-unsigned"])
    #expect(process.status == 5 && process.errors.contains("report.html is a folder"), "\(process.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: output) == ["report.html"])
  }

  /// The folder may be a link or a mount point: everything is written on its side. Its parent need not be writable.
  @Test func outputThroughALinkToAnotherDiskIsWritten() throws {
    let bench = try Bench()
    let other = "/dev/shm/islet-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: other) }
    let output = bench.folder.path + "/link"
    try FileManager.default.createSymbolicLink(atPath: output, withDestinationPath: other)
    let process = try ChildProcess.run(
      try Stage.islet,
      ["segment", bench.ct, "--output", output, "--bundle", bench.bundle, "--quiet", "--allow-unsigned"])
    #expect(process.status == 0, "\(process.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: other).count == 9)
  }

  /// Programs that close the standard streams, or redirect them to a full disk, get results and no trap.
  @Test(arguments: [
    ("2>&-", 0), (">&- 2>&- <&-", 0), ("2>/dev/full", 0), ("2> >(true)", 0), ("--json >/dev/full", 5),
    ("--json >&-", 5),
  ])
  func unwritableStandardStreamsDoNotEndTheRun(_ redirection: String, _ exitCode: Int32) throws {
    let bench = try Bench()
    let output = bench.folder.path + "/out"
    let process = try ChildProcess.runTool(
      "bash",
      ["-c", "exec \"$0\" segment \"$1\" --output \"$2\" --bundle \"$3\" --allow-unsigned \(redirection)"]
        + [try Stage.islet, bench.ct, output, bench.bundle])
    #expect(process.status == exitCode, "\(process.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: output).count == 9)
    #expect(try bench.folder.names == ["ct.nii", "out", "tiny.islet"], "a hidden folder was left")
    if exitCode == 5 { #expect(process.errors.contains("result.json cannot be printed")) }
  }

  /// Nothing found is an answer: exit code 6, one sentence, and complete results that say so.
  @Test func airAloneEndsWith6AndSaysSo() throws {
    let bench = try Bench()
    try NIfTI.write(volume: Bench.volume { _, _, _ in -1000 }, to: bench.ct)
    let output = bench.folder.path + "/out"
    let process = try ChildProcess.run(
      try Stage.islet, ["segment", bench.ct, "--output", output, "--bundle", try Stage.defaultBundle, "--quiet"])
    #expect(process.status == 6, "\(process.errors)")
    #expect(process.errorLines.count == 1 && process.errors.contains("no pancreas was found"))
    let mask = try NIfTI.readLabels(output + "/mask.nii.gz").labels
    #expect(mask.labels.allSatisfy { $0 == 0 })
    let result = String(decoding: try fileBytes(output + "/result.json"), as: UTF8.self)
    #expect(result.contains("\"end\" : \"empty\"") && result.contains("\"no-body\""))
  }
}
