import Foundation
import ImageFiles
import Testing
import Volumes

/// `islet segment` from what a user drew, and with the bundle's choices overridden.
@Suite struct InitialRegionTests {
  /// What result.json says about both.
  private struct Result: Decodable {
    struct Region: Decodable, Equatable {
      let kind: String
      let first, last: [Int]
      let voxels: Int
    }
    struct Profile: Decodable, Equatable {
      let coarse_fusion, fine_fusion: String
      let component_ratio: Double?
    }
    struct Coarse: Decodable { let slices_computed: Int }
    struct Label: Decodable { let name: String }
    let initial_region: Region?
    let profile: Profile
    let coarse: Coarse
    let label: Label
  }

  private struct Run {
    let process: ChildProcess
    let output: String
    let result: Result

    init(_ bench: RefusalTests.Bench, _ options: [String], name: String = "out") throws {
      output = bench.folder.path + "/" + name
      process = try ChildProcess.run(
        try Stage.islet,
        ["segment", bench.ct, "--output", output, "--bundle", bench.bundle, "--allow-unsigned", "--quiet", "--json"]
          + ["--rounds", "1"] + options)
      #expect(process.status == 0, "\(options): \(process.errors)")
      result = try JSONDecoder().decode(Result.self, from: Data(process.output.utf8))
    }

    func bytes(_ name: String) throws -> [UInt8] { try fileBytes(output + "/" + name) }
  }

  /// Voxels 6 to 15, 5 to 13, 4 to 11 of the bench's 24 x 21 x 19.
  private static let box = "6:15,5:13,4:11"
  private static let region = Result.Region(kind: "box", first: [6, 5, 4], last: [15, 13, 11], voxels: 10 * 9 * 8)

  /// The same as a mask of the label 7 on the CT's grid.
  private static func mask(on geometry: VolumeGeometry) -> LabelMap {
    var mask = LabelMap(empty: geometry.size)
    for z in 4...11 { for y in 5...13 { for x in 6...15 { mask.labels[(z * 21 + y) * 24 + x] = 7 } } }
    return mask
  }

  @Test func planSaysWhatSegmentAnnounces() throws {
    let bench = try RefusalTests.Bench()
    func plan(_ options: String...) throws -> ChildProcess {
      try ChildProcess.run(
        try Stage.islet, ["plan", bench.ct, "--bundle", bench.bundle, "--allow-unsigned"] + options)
    }
    struct Numbers: Decodable { let threads, bytes, smallest_bytes, work_units: Int }
    let whole = try JSONDecoder().decode(Numbers.self, from: Data(try plan("--json", "--threads", "2").output.utf8))
    #expect(whole.threads == 2 && whole.bytes >= whole.smallest_bytes && whole.work_units > 0)
    let fromBox = try JSONDecoder().decode(
      Numbers.self, from: Data(try plan("--json", "--initial-box", Self.box).output.utf8))
    #expect(fromBox.work_units < whole.work_units, "no coarse pass")
    let words = try plan("--threads", "1")
    #expect(words.status == 0 && words.output.contains("24 x 21 x 19 voxels, 1 thread"), "\(words.output)")
    let refused = try plan("--memory-budget", "1MiB")
    #expect(refused.status == 5 && refused.errors.contains("ISLET_ERROR_RESOURCES"), "\(refused.errors)")
  }

  @Test func boxMaskAndMillimetresOfOneRegionGiveOneResult() throws {
    let bench = try RefusalTests.Bench()
    let geometry = try NIfTI.read(bench.ct).volume.geometry
    let (nifti, nrrd) = (bench.folder.path + "/drawn.nii.gz", bench.folder.path + "/drawn.nrrd")
    try NIfTI.write(labels: Self.mask(on: geometry), geometry: geometry, to: nifti)
    try NRRD.write(labels: Self.mask(on: geometry), geometry: geometry, to: nrrd)

    let whole = try Run(bench, [], name: "whole")
    #expect(whole.result.initial_region == nil && whole.result.coarse.slices_computed > 0)
    let boxed = try Run(bench, ["--initial-box", Self.box], name: "boxed")
    #expect(boxed.result.initial_region == Self.region && boxed.result.coarse.slices_computed == 0)
    #expect(String(decoding: try boxed.bytes("report.html"), as: UTF8.self).contains("voxels 6:15, 5:13, 4:11"))

    // NIfTI and the plugin share the box's voxels: in LPS mm they end half a voxel beyond their centres.
    let low = geometry.position(ofIndex: SIMD3(5.6, 4.6, 3.6))
    let high = geometry.position(ofIndex: SIMD3(15.4, 13.4, 11.4))
    let millimetres = (0..<3).map { "\(min(low[$0], high[$0])):\(max(low[$0], high[$0]))" }.joined(separator: ",")
    let placed = try Run(bench, ["--initial-box-mm", millimetres], name: "placed")
    #expect(placed.result.initial_region == Self.region)
    let negative = try Run(bench, ["--initial-box-mm", "-500:500,-500:500,-500:500"], name: "negative")
    #expect(negative.result.initial_region?.voxels == 24 * 21 * 19)

    for (file, name) in [(nifti, "nifti"), (nrrd, "nrrd")] {
      let drawn = try Run(bench, ["--initial-mask", file, "--anonymous"], name: name)
      #expect(drawn.result.initial_region?.kind == "mask" && drawn.result.initial_region?.last == [15, 13, 11])
      #expect(drawn.result.initial_region?.voxels == Self.region.voxels)
      #expect(!String(decoding: try drawn.bytes("report.html"), as: UTF8.self).contains("drawn"))
      for output in ["mask.nii.gz", "probability.nii.gz"] {
        let same = try drawn.bytes(output) == boxed.bytes(output) && placed.bytes(output) == boxed.bytes(output)
        #expect(same, "\(output) of \(name)")
      }
    }
  }

  @Test func overridesAreInTheResult() throws {
    let bench = try RefusalTests.Bench()
    // The bundle's profile is the paper's: majority twice, no filter.
    let own = try Run(bench, ["--label", "pancreas"])
    #expect(own.result.profile == .init(coarse_fusion: "majority", fine_fusion: "majority", component_ratio: nil))
    let other = try Run(
      bench, ["--coarse-fusion", "mean", "--fine-fusion", "mean", "--component-ratio", "0.5", "--label", "1"])
    #expect(other.result.profile == .init(coarse_fusion: "mean", fine_fusion: "mean", component_ratio: 0.5))
    #expect(other.result.label.name == "pancreas")
    let report = String(decoding: try other.bytes("report.html"), as: UTF8.self)
    #expect(report.contains("mean, mean") && report.contains("components below 0.5 of the largest"))
    for off in ["off", "0"] {
      #expect(try Run(bench, ["--component-ratio", off]).result.profile.component_ratio == nil)
    }
  }

  @Test(
    arguments: [
      ("--initial-box", "6:15,5:13", "expected first:last"), ("--initial-box", "15:6,5:13,4:11", "expected first:last"),
      ("--initial-box", "6:15,5:13,4:11,0:1", "expected first:last"), ("--initial-box", "", "expected first:last"),
      ("--initial-box", "6:15,5:13,4:11.5", "expected first:last"),
      ("--initial-box", "6:15,5:13,4:19", "4:19 along z, expected voxels from 0:18, the CT has 24 x 21 x 19"),
      ("--initial-box", "6:15,5:9223372036854775807,4:11", "along y, expected voxels from 0:20"),
      ("--initial-box-mm", "-5:nan,0:1,0:1", "expected first:last"),
      ("--initial-box-mm", "-5:-3,0:1,0:1", "lies outside the CT"),
      ("--initial-box-mm", "-inf:inf,0:1,0:1", "lies outside the CT"),
    ]) func boxThatCannotBeEndsWith2(_ option: String, _ value: String, _ word: String) throws
  {
    let bench = try RefusalTests.Bench()
    try bench.refuse(bench.ct, [option, value], exitCode: 2, saying: word)
    if word.hasPrefix("expected first") { try bench.refuse(bench.ct, [option, value], exitCode: 2, saying: option) }
  }

  @Test func negativeFirstVoxelEndsWith2() throws {
    let bench = try RefusalTests.Bench()
    try bench.refuse(bench.ct, ["--initial-box=-1:5,0:5,0:5"], exitCode: 2, saying: "-1:5 along x, expected voxels")
  }

  @Test func twoRegionsEndWith2() throws {
    let bench = try RefusalTests.Bench()
    try bench.refuse(
      bench.ct, ["--initial-box", Self.box, "--initial-mask", bench.ct], exitCode: 2,
      saying: "--initial-mask and --initial-box")
  }

  @Test func maskThatDoesNotFitTheCTEndsWith3() throws {
    let bench = try RefusalTests.Bench()
    let geometry = try NIfTI.read(bench.ct).volume.geometry
    let path = bench.folder.path + "/drawn.nii"
    let mask = Self.mask(on: geometry)

    let moved = try VolumeGeometry(
      size: geometry.size, spacing: geometry.spacing, origin: geometry.origin + SIMD3(0, 0, 1),
      direction: geometry.direction)
    try NIfTI.write(labels: mask, geometry: moved, to: path)
    try bench.refuse(bench.ct, ["--initial-mask", path], exitCode: 3, saying: "lies elsewhere in the patient")

    let small = try VolumeGeometry(
      size: try #require(VolumeSize(x: 24, y: 21, z: 18)), spacing: geometry.spacing, origin: geometry.origin,
      direction: geometry.direction)
    try NIfTI.write(labels: LabelMap(empty: small.size), geometry: small, to: path)
    try bench.refuse(bench.ct, ["--initial-mask", path], exitCode: 3, saying: "has 24 x 21 x 18 voxels")

    try NIfTI.write(labels: LabelMap(empty: geometry.size), geometry: geometry, to: path)
    try bench.refuse(bench.ct, ["--initial-mask", path], exitCode: 3, saying: "every voxel is 0")
    try bench.refuse(bench.ct, ["--initial-mask", bench.ct], exitCode: 3, saying: "are not labels")
    try bench.refuse(bench.ct, ["--initial-mask", "/none.nrrd"], exitCode: 3, saying: "--initial-mask /none.nrrd")
    try bench.refuse(bench.ct, ["--initial-mask", bench.folder.path], exitCode: 3, saying: "is a folder")
  }

  /// What somebody drew is not lost where a result, or the removal of an older one, would have its name.
  @Test(arguments: ["mask.nii.gz", "mask.nrrd", "views.nii.gz"])
  func maskInTheOutputFolderIsNotReplaced(_ name: String) throws {
    let bench = try RefusalTests.Bench()
    let geometry = try NIfTI.read(bench.ct).volume.geometry
    let output = bench.folder.path + "/results"
    try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
    let drawn = output + "/" + name
    try NIfTI.write(labels: Self.mask(on: geometry), geometry: geometry, to: drawn)
    let before = try fileBytes(drawn)
    let process = try ChildProcess.run(
      try Stage.islet,
      ["segment", bench.ct, "--output", output, "--bundle", bench.bundle, "--quiet", "--allow-unsigned"]
        + ["--initial-mask", drawn])
    #expect(process.status == 5 && process.errors.contains("\(name) is an input"), "\(process.errors)")
    #expect(try fileBytes(drawn) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: output) == [name])
  }

  /// docs/requests.md says how each field of islet_request is said by every host; a field or an option that is new or
  /// gone shows here.
  @Test func everyFieldOfARequestIsInTheTableOfItsOptions() throws {
    let table = String(decoding: try fileBytes(Stage.source("docs/requests.md")), as: UTF8.self)
    let layout = String(decoding: try fileBytes(Stage.source("Plugin/abi/islet-1.0.layout")), as: UTF8.self)
    let fields =
      layout.components(separatedBy: "struct ").first { $0.hasPrefix("islet_request ") }?
      .split(separator: "\n").dropFirst().compactMap { $0.split(separator: " ").first } ?? []
    #expect(fields.count > 15)
    for field in fields where field != "struct_size" && field != "reserved" {
      #expect(table.contains("`\(field)`"), "docs/requests.md lacks \(field)")
    }
    let help = try ChildProcess.run(try Stage.islet, ["segment", "--help"]).output
    let options = table.split(separator: "`").filter { $0.hasPrefix("--") }.compactMap {
      $0.split(separator: " ").first
    }
    #expect(options.count > 10)
    for option in options { #expect(help.contains("\(option) "), "islet segment has no \(option)") }
  }
}
