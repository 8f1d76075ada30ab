import Cohort
import Foundation
import ImageFiles
import Testing
import Volumes

/// `islet phantom` and `phantom:SEED`: synthetic CT as a user makes it.
@Suite struct PhantomCommandTests {
  private static let files = ["ct.nii.gz", "labels.nii.gz", "phantom.json"]
  /// Few voxels, all of the trunk.
  private static let tiny = ["--size", "36x30x24", "--spacing", "12", "--quiet"]

  /// What phantom.json must say whatever made the case.
  private struct Record: Decodable {
    let schema, data, research_use, source: String
    let seed: UInt64
    let size: [Int]
    let spacing_mm: [Double]
    let labels: [String: Int]
  }

  private static func phantom(_ options: [String], output: String) throws -> ChildProcess {
    try ChildProcess.run(try Stage.islet, ["phantom", "--output", output] + options)
  }

  private static var atlas: [String] {
    get throws {
      [
        "--atlas", try Stage.source("Models/training/atlas/labels.nii.gz"), "--atlas-table",
        try Stage.source("Models/training/atlas/table.json"),
      ]
    }
  }

  @Test(arguments: ["parametric", "atlas"]) func writesImageTruthAndRecord(_ source: String) throws {
    let folder = try TemporaryFolder()
    let output = folder.path + "/new/case"
    let process = try Self.phantom(
      ["--seed", "3"] + Self.tiny + (source == "atlas" ? try Self.atlas : []), output: output)
    #expect(process.status == 0 && process.errors.isEmpty && process.output.isEmpty, "\(process.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: output).sorted() == Self.files)
    let volume = try NIfTI.read(output + "/ct.nii.gz").volume
    let (labels, geometry) = try NIfTI.readLabels(output + "/labels.nii.gz")
    #expect(volume.size == VolumeSize(x: 36, y: 30, z: 24) && volume.geometry.spacing == SIMD3(repeating: 12))
    #expect(geometry == volume.geometry && Set(labels.labels).count > 5)
    let record = try JSONDecoder().decode(Record.self, from: Data(fileBytes(output + "/phantom.json")))
    #expect(record.schema == "org.islet.phantom/1" && record.data == "synthetic" && record.source == source)
    #expect(record.research_use == "Research use only, not for diagnosis." && record.seed == 3)
    #expect(record.size == [36, 30, 24] && record.spacing_mm == [12, 12, 12] && record.labels["pancreas"] == 1)
  }

  @Test func sameSeedGivesTheSameBytesForAnyThreads() throws {
    let folder = try TemporaryFolder()
    for (name, threads) in [("one", "1"), ("two", "3")] {
      let process = try Self.phantom(
        ["--seed", "4", "--threads", threads] + Self.tiny, output: folder.path + "/" + name)
      #expect(process.status == 0, "\(process.errors)")
    }
    for file in Self.files {
      #expect(try fileBytes(folder.path + "/one/" + file) == fileBytes(folder.path + "/two/" + file), "\(file)")
    }
  }

  @Test func streamIsACohortForTrainingThatGoesOnWhereItStopped() throws {
    let folder = try TemporaryFolder()
    let output = folder.path + "/stream"
    #expect(try Self.phantom(["--seed", "99998", "--count", "2"] + Self.tiny, output: output).status == 0)
    let first = try fileBytes(output + "/case-99998/ct.nii.gz")
    let inode = try FileManager.default.attributesOfItem(atPath: output + "/case-99998/ct.nii.gz")[.systemFileNumber]
    try FileManager.default.removeItem(atPath: output + "/case-99999/phantom.json")
    let process = try Self.phantom(["--seed", "99998", "--count", "3"] + Self.tiny, output: output)
    #expect(process.status == 0, "\(process.errors)")

    let cases = try CohortFolder(path: output).description.cases
    #expect(cases.map(\.id) == ["case-99998", "case-99999", "case-100000"] && cases.allSatisfy { $0.set == .training })
    #expect(Set(cases.compactMap(\.sha256?.voxels)).count == 3)
    #expect(try fileBytes(output + "/case-99998/ct.nii.gz") == first)
    let later = try FileManager.default.attributesOfItem(atPath: output + "/case-99998/ct.nii.gz")[.systemFileNumber]
    #expect(inode as? Int == later as? Int, "a whole case was made again")
    #expect(try FileManager.default.contentsOfDirectory(atPath: output + "/case-99999").sorted() == Self.files)
    #expect(try FileManager.default.contentsOfDirectory(atPath: output).count == 4, "something hidden was left")
  }

  @Test func interruptedStreamLeavesWholeCasesAlone() throws {
    let folder = try TemporaryFolder()
    let output = folder.path + "/stream"
    let running = try RunningProcess(
      try Stage.islet, ["phantom", "--output", output, "--seed", "1", "--count", "90000"] + Self.tiny)
    while running.isRunning, !FileManager.default.fileExists(atPath: output + "/case-00001") { usleep(20_000) }
    running.send(SIGINT)
    let process = try running.wait()
    #expect(process.status == 130 && process.errorLines.count == 1, "\(process.errors)")
    let cases = try FileManager.default.contentsOfDirectory(atPath: output)
    #expect(cases.contains("case-00001") && cases.count < 90_000)
    for name in cases {
      #expect(try FileManager.default.contentsOfDirectory(atPath: output + "/" + name).sorted() == Self.files)
    }
  }

  @Test(
    arguments: [
      ["--seed", "-1"], ["--seed", "x"], ["--size", "3x3"], ["--size", "0x3x3"], ["--size", "100000x100000x3"],
      ["--spacing", "0"], ["--spacing", "1,1"], ["--spacing", "1,1,nan"], ["--difficulty", "9"], ["--count", "0"],
      ["--threads", "0"], ["--atlas", "labels.nii.gz"], ["--atlas-table", "table.json"],
      ["--seed", "1000000", "--count", "2"], ["--seed", "999999", "--count", "2"],
      ["--seed", "18446744073709551615", "--count", "2"],
    ]) func wrongOptionEndsWith2(_ options: [String]) throws
  {
    let folder = try TemporaryFolder()
    let process = try Self.phantom(
      (options[0] == "--seed" ? [] : ["--seed", "1"]) + options, output: folder.path + "/new/out")
    #expect(process.status == 2 && process.output.isEmpty, "\(process.errors)")
    #expect(process.errors.contains(options[0]) && process.errors.contains("Usage"), "\(process.errors)")
    #expect(try folder.names.isEmpty)
  }

  @Test func atlasThatCannotBeUsedEndsWith3() throws {
    let folder = try TemporaryFolder()
    let labels = try Stage.source("Models/training/atlas/labels.nii.gz")
    let table = try Stage.source("Models/training/atlas/table.json")
    let text = try folder.write(Array("{}".utf8), "empty.json")
    for (labels, table, word) in [
      (folder.path + "/none.nii.gz", table, "none.nii.gz"), (labels, folder.path + "/none.json", "none.json"),
      (labels, text, "empty.json"), (text, table, "empty.json"),
    ] {
      let process = try Self.phantom(
        ["--seed", "1", "--atlas", labels, "--atlas-table", table], output: folder.path + "/out")
      #expect(process.status == 3 && process.errorLines.count == 1, "\(process.errors)")
      #expect(process.errors.hasPrefix("islet: ") && process.errors.contains(word), "\(process.errors)")
      #expect(try folder.names == ["empty.json"])
    }
  }

  @Test func phantomSeedIsSegmentedWithoutAFile() throws {
    let folder = try TemporaryFolder()
    let process = try ChildProcess.run(
      try Stage.islet, ["segment", "phantom:7", "--output", folder.path + "/out", "--quiet", "--rounds", "1"])
    #expect(process.status == 0 || process.status == 6, "\(process.errors)")
    let result = String(decoding: try fileBytes(folder.path + "/out/result.json"), as: UTF8.self)
    #expect(result.contains("parametric phantom, seed 7") && result.contains("Synthetic CT: no patient was scanned."))
    #expect(try NIfTI.readLabels(folder.path + "/out/mask.nii.gz").geometry.spacing == SIMD3(repeating: 3))
  }

  @Test(arguments: ["phantom:", "phantom:seven", "phantom:-1", "phantom:18446744073709551616"])
  func phantomWithoutASeedEndsWith3(_ input: String) throws {
    let folder = try TemporaryFolder()
    let process = try ChildProcess.run(
      try Stage.islet, ["segment", input, "--output", folder.path + "/out", "--quiet"])
    #expect(process.status == 3 && process.errorLines.count == 1, "\(process.errors)")
    #expect(process.errors.contains("\(input): expected a whole number"), "\(process.errors)")
    #expect(try folder.names.isEmpty)
  }
}

/// `islet cohort`: made in parts, checked against its list, never mixed with another.
@Suite struct CohortCommandTests {
  /// Two test cases with their variants on coarse voxels.
  private static func cohort(_ options: [String], output: String) throws -> ChildProcess {
    try ChildProcess.run(
      try Stage.islet,
      [
        "cohort", "--output", output, "--only", "test", "--first", "2", "--spacing", "10", "--quiet", "--atlas",
        try Stage.source("Models/training/atlas/labels.nii.gz"), "--atlas-table",
        try Stage.source("Models/training/atlas/table.json"),
      ] + options, seconds: 120)
  }

  @Test func casesVariantsAndListAgree() throws {
    let folder = try TemporaryFolder()
    let (output, list) = (folder.path + "/cohort", folder.path + "/list.json")
    let process = try Self.cohort(["--record-hashes", list], output: output)
    #expect(process.status == 0 && process.errors.isEmpty, "\(process.errors)")
    let cohort = try CohortFolder(path: output)
    #expect(cohort.description.name == CohortPlan.name && cohort.description.data == "synthetic")
    #expect(cohort.description.cases.map(\.set) == [CohortCase.Purpose](repeating: .test, count: 16))
    #expect(cohort.description.cases.compactMap(\.corruption).count == 14)
    #expect(try fileBytes(list) == fileBytes(output + "/cohort.json"))
    #expect(try Self.cohort(["--check", list], output: output).status == 0)

    // One label changed by hand: the check names the case, a new call does not.
    let victim = output + "/test-002-noise/labels.nii.gz"
    var (labels, geometry) = try NIfTI.readLabels(victim)
    labels.labels[0] ^= 1
    try NIfTI.write(labels: labels, geometry: geometry, to: victim)
    try FileManager.default.removeItem(atPath: output + "/test-001/ct.nii.gz")
    let check = try Self.cohort(["--check", list], output: output)
    #expect(check.status == 3 && check.errorLines.count == 1, "\(check.errors)")
    #expect(check.output == "test-001: missing or damaged\ntest-002-noise: labels differ from the list\n")
  }

  @Test func listInTheRepositoryIsThePlan() throws {
    let list = try CohortDescription(readingFrom: Stage.source("Integration/cohort/cohort-hashes.json"))
    #expect(list.name == CohortPlan.name && list.difficulty == CohortPlan.difficulty && list.data == "synthetic")
    let originals = [CohortCase.Purpose.fold, .calibration, .test].flatMap { CohortPlan.originals(of: $0) }
    let corruptions = [
      "noise", "hu-shift", "organ-cut", "missing-slices", "flipped-orientation", "wrong-region", "metal",
    ]
    let planned = originals.flatMap { [$0] + CohortPlan.variants(of: $0, corruptions: corruptions) }
    let found = list.cases.map { entry in
      var entry = entry
      entry.sha256 = nil
      return entry
    }
    #expect(Set(found) == Set(planned) && found.count == planned.count && found.count == 466)
    #expect(Set(list.cases.compactMap(\.sha256?.voxels)).count == 466, "two cases have the same voxels")
  }

  /// Any machine gets the voxels that the list was recorded with: both sources and every corruption.
  @Test func listInTheRepositoryIsWhatThisMachineMakes() throws {
    let folder = try TemporaryFolder()
    let options = ["--output", folder.path + "/cohort", "--only", "test", "--first", "2", "--quiet"]
    let made = try ChildProcess.run(try Stage.islet, ["cohort"] + options, seconds: 120)
    #expect(made.status == 0, "\(made.errors)")
    let check = try ChildProcess.run(
      try Stage.islet, ["cohort", "--check", try Stage.source("Integration/cohort/cohort-hashes.json")] + options)
    #expect(check.status == 0, "\(check.output)\(check.errors)")
  }

  @Test func folderOfAnotherDifficultyIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    let output = folder.path + "/cohort"
    #expect(try Self.cohort(["--first", "1"], output: output).status == 0)
    let before = try fileBytes(output + "/cohort.json")
    let other = try Self.cohort(["--difficulty", "2"], output: output)
    #expect(other.status == 2 && other.errorLines.count == 1 && other.errors.contains("difficulty"), "\(other.errors)")
    // Without the description each case tells itself.
    try FileManager.default.removeItem(atPath: output + "/cohort.json")
    let hidden = try Self.cohort(["--spacing", "9"], output: output)
    #expect(hidden.status == 2 && hidden.errors.contains("test-001"), "\(hidden.errors)")
    #expect(try Self.cohort(["--first", "1"], output: output).status == 0)
    #expect(try fileBytes(output + "/cohort.json") == before)
  }

  @Test(arguments: [["--only", "training"], ["--first", "0"], ["--check", "a", "--record-hashes", "b"]])
  func wrongOptionEndsWith2(_ options: [String]) throws {
    let folder = try TemporaryFolder()
    let process = try Self.cohort(options, output: folder.path + "/out")
    #expect(process.status == 2 && process.errors.contains(options[0]), "\(process.errors)")
    #expect(try folder.names.isEmpty)
  }

  @Test func listThatIsNoCohortEndsWith3() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(Array("[]".utf8), "list.json")
    for list in [text, folder.path + "/none.json"] {
      let process = try Self.cohort(["--check", list], output: folder.path)
      #expect(
        process.status == 3 && process.errorLines.count == 1 && process.errors.contains(list), "\(process.errors)")
    }
  }
}
