import Foundation
import ImageFiles
import Testing
import Volumes

/// `islet evaluate` as a user runs it, on two tiny cases with a tiny bundle.
@Suite struct EvaluateTests {
  /// The parts of evaluation.json that the tests look at.
  private struct Result: Decodable {
    struct Statistic: Decodable {
      let n: Int
      let mean: Double
    }
    struct Line: Decodable {
      let row: String
      let dsc: Statistic
    }
    struct Table: Decodable {
      let group: String
      let cases: Int
      let lines: [Line]
    }
    struct Run: Decodable {
      let name: String
      let tables: [Table]
    }
    struct Difference: Decodable {
      let difference: Statistic
      let better: Int
      let worse: Int
    }
    struct Comparison: Decodable { let lines: [Difference] }
    let schema: String
    let runs: [Run]
    let comparisons: [Comparison]
  }

  /// A cohort of two cases without cohort.json, and a bundle.
  private struct Example {
    let folder: TemporaryFolder
    var cohort: String { folder.path + "/cohort" }
    var bundle: String { folder.path + "/tiny.islet" }
    var output: String { folder.path + "/result" }

    init() throws {
      folder = try TemporaryFolder()
      try TinyBundle.write(to: bundle)
      for number in 1...2 { try write(case: "case-\(number)", seed: number) }
    }

    /// A block of tissue in air, some of it called organ.
    func write(case name: String, seed: Int) throws {
      let size = try #require(VolumeSize(x: 20, y: 18, z: 16))
      let geometry = try VolumeGeometry(
        size: size, spacing: SIMD3(2, 2, 3), origin: .zero, direction: VolumeGeometry.identityDirection)
      var labels = LabelMap(empty: size)
      let voxels = (0..<size.voxelCount).map { index -> Int16 in
        let (x, y, z) = (index % 20, index / 20 % 18, index / 360)
        let isTissue = (3..<17).contains(x) && (3..<15).contains(y)
        if (6..<11).contains(x), (5..<10).contains(y), (4..<11).contains(z) { labels.labels[index] = 7 }
        return isTissue ? Int16((index * 31 + seed * 17) % 180 - 40) : -1000
      }
      let path = "\(cohort)/\(name)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try NIfTI.write(
        volume: #require(Volume(geometry: geometry, voxels: voxels)), to: path + "/ct.nii.gz")
      try NIfTI.write(labels: labels, geometry: geometry, to: path + "/labels.nii.gz")
    }

    func evaluate(_ options: String..., bundles: [String]? = nil) throws -> ChildProcess {
      let bundles = (bundles ?? [bundle]).flatMap { ["--bundle", $0] }
      return try ChildProcess.run(
        try Stage.islet,
        ["evaluate", cohort, "--output", output, "--threads", "1", "--allow-unsigned"] + bundles + options)
    }

    func result() throws -> Result {
      try JSONDecoder().decode(Result.self, from: Data(fileBytes(output + "/evaluation.json")))
    }
  }

  @Test func writesTheTableThePageAndARecordForEachCase() throws {
    let example = try Example()
    let process = try example.evaluate("--label", "7")
    #expect(process.status == 0, "\(process.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: example.output).sorted()
    #expect(names == ["cases", "cases.csv", "evaluation.json", "index.html"])
    let cases = try FileManager.default.contentsOfDirectory(atPath: example.output + "/cases").sorted()
    #expect(cases.count == 8 && cases.first == "case-1-axial.jpg" && cases.contains("case-2.json"))

    let result = try example.result()
    #expect(result.schema == "org.islet.evaluation/1" && result.runs.map(\.name) == ["tiny"])
    let table = try #require(result.runs.first?.tables.first)
    #expect(table.group == "all" && table.cases == 2)
    #expect(table.lines.count == 15 && table.lines.allSatisfy { $0.dsc.n == 2 && (0...1).contains($0.dsc.mean) })
    #expect(process.output.contains("d(t) > .95") && process.output.contains("Oracle box"))

    let sheet = String(decoding: try fileBytes(example.output + "/cases.csv"), as: UTF8.self).split(separator: "\n")
    #expect(sheet.count == 1 + 2 * 15)
    let page = String(decoding: try fileBytes(example.output + "/index.html"), as: UTF8.self)
    #expect(page.contains("not for diagnosis") && page.contains("data:image/jpeg;base64,"))
    #expect(!page.contains("src=\"http") && !page.contains("href=\"http"))
  }

  /// The record holds what the default run says of itself, so that a calibration can be made from it.
  @Test func recordHoldsTheTraceOfTheRunThatAUserGets() throws {
    let example = try Example()
    #expect(try example.evaluate("--label", "7", "--only", "case-1", "--no-oracle").status == 0)
    let json = try JSONSerialization.jsonObject(with: Data(fileBytes(example.output + "/cases/case-1.json")))
    let record = try #require(json as? [String: Any])
    let trace = try #require(record["trace"] as? [String: Any])
    let run = try #require(record["default_run"] as? [String: Any])
    #expect(trace["schema"] as? String == "org.islet.trace/1" && trace["end"] as? String == run["end"] as? String)
    #expect(record["oracle"] == nil && record["schema"] as? String == "org.islet.evaluation-case/1")
    let rounds = try #require((record["trajectory"] as? [String: Any])?["passes"] as? [[String: Any]])
    #expect(rounds.first?["round"] as? Int == 0)
    #expect(!FileManager.default.fileExists(atPath: example.output + "/cases/case-2.json"))
  }

  @Test func ownSettingsAloneGiveTheDefaultRunAndAreMeasuredAgainForTheWholeTable() throws {
    let example = try Example()
    #expect(try example.evaluate("--label", "7", "--only", "case-1", "--own-settings").status == 0)
    let short = try #require(try example.result().runs.first?.tables.first)
    #expect(short.lines.count == 5 && short.lines.allSatisfy { $0.dsc.n == 1 })
    #expect(try example.evaluate("--label", "7", "--only", "case-1").status == 0)
    let whole = try #require(try example.result().runs.first?.tables.first)
    #expect(whole.lines.count == 15 && whole.lines.last?.dsc.mean == short.lines.last?.dsc.mean)
  }

  @Test func secondRunKeepsWhatIsThereAndMeasuresWhatIsNot() throws {
    let example = try Example()
    #expect(try example.evaluate("--label", "7").status == 0)
    let first = try fileBytes(example.output + "/evaluation.json")
    let record = example.output + "/cases/case-2.json"
    try Data(fileBytes(record).dropLast(40)).write(to: URL(fileURLWithPath: record))
    let again = try example.evaluate("--label", "7")
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.errorLines.contains { $0.contains("1/2 case-1") && $0.hasSuffix("kept") }, "\(again.errors)")
    #expect(again.errorLines.contains { $0.contains("2/2 case-2") && !$0.hasSuffix("kept") }, "a damaged record")
    #expect(try fileBytes(example.output + "/evaluation.json").count > first.count / 2)

    // Another CT under the same name, and another tolerance, are other conditions.
    try example.write(case: "case-1", seed: 9)
    let changed = try example.evaluate("--label", "7")
    #expect(changed.errorLines.contains { $0.contains("1/2 case-1") && !$0.hasSuffix("kept") })
    #expect(changed.errorLines.contains { $0.contains("2/2 case-2") && $0.hasSuffix("kept") })
    let wider = try example.evaluate("--label", "7", "--tolerance", "3")
    #expect(!wider.errors.contains("kept"))
  }

  @Test func twoBundlesAreComparedCaseByCase() throws {
    let example = try Example()
    let other = example.folder.path + "/other.islet"
    try FileManager.default.copyItem(atPath: example.bundle, toPath: other)
    let process = try example.evaluate("--label", "7", bundles: [example.bundle, other])
    #expect(process.status == 0, "\(process.errors)")
    let result = try example.result()
    #expect(result.runs.map(\.name) == ["tiny", "other"])
    let lines = try #require(result.comparisons.first?.lines)
    #expect(lines.count == 15)
    #expect(lines.allSatisfy { $0.difference.mean == 0 && $0.better == 0 && $0.worse == 0 }, "the same weights")
    #expect(FileManager.default.fileExists(atPath: example.output + "/other/cases/case-1.json"))
  }

  @Test func foldInTheBundlesNameStandsForTheCasesFold() throws {
    let example = try Example()
    // Two cases without cohort.json fall into the folds 3 and 4.
    for fold in 3...4 {
      try FileManager.default.copyItem(atPath: example.bundle, toPath: example.folder.path + "/fold-\(fold).islet")
    }
    let process = try example.evaluate("--label", "7", bundles: [example.folder.path + "/fold-{fold}.islet"])
    #expect(process.status == 0, "\(process.errors)")
    #expect(try example.result().runs.first?.tables.map(\.group) == ["all", "fold: 3", "fold: 4"])
    try FileManager.default.removeItem(atPath: example.folder.path + "/fold-4.islet")
    let missing = try example.evaluate("--label", "7", bundles: [example.folder.path + "/fold-{fold}.islet"])
    #expect(missing.status == 4 && missing.errors.contains("fold-4.islet"), "\(missing.errors)")
  }

  @Test func whatCannotBeMeasuredIsSaidInOneSentence() throws {
    let example = try Example()
    func expect(
      _ process: ChildProcess, _ status: Int32, _ part: String, _ location: SourceLocation = #_sourceLocation
    ) {
      #expect(process.status == status && process.errorLines.count == 1, "\(process.errors)", sourceLocation: location)
      #expect(process.errors.contains(part), "\(process.errors)", sourceLocation: location)
    }
    expect(try example.evaluate(), 2, "has no label \"pancreas\"")
    expect(try example.evaluate("--label", "7", "--only", "case-9"), 2, "case-9")
    expect(try example.evaluate("--label", "7", "--set", "test"), 2, "no case is chosen")
    expect(try example.evaluate("--label", "900"), 2, "--label 900")
    expect(try example.evaluate("--label", "7", bundles: ["/nonexistent.islet"]), 4, "/nonexistent.islet")
    let nowhere = try ChildProcess.run(
      try Stage.islet, ["evaluate", "/nonexistent", "--bundle", example.bundle, "--output", example.output])
    expect(nowhere, 3, "/nonexistent")
    let other = LabelMap(empty: try #require(VolumeSize(x: 20, y: 18, z: 15)))
    let geometry = try VolumeGeometry(
      size: other.size, spacing: SIMD3(2, 2, 3), origin: .zero, direction: VolumeGeometry.identityDirection)
    try NIfTI.write(labels: other, geometry: geometry, to: example.cohort + "/case-2/labels.nii.gz")
    let unlike = try example.evaluate("--label", "7", "--quiet", "--only", "case-2")
    expect(unlike, 3, "case-2: case-2/labels.nii.gz has 20 x 18 x 15 voxels")
    try Data("nonsense".utf8).write(to: URL(fileURLWithPath: example.cohort + "/case-2/ct.nii.gz"))
    expect(try example.evaluate("--label", "7", "--quiet", "--only", "case-2"), 3, "case-2")
  }
}
