import Foundation
import Testing

/// `islet regress`: the golden cases of the repository, and that a changed answer is noticed.
@Suite struct RegressTests {
  private func regress(_ folder: String, _ options: [String] = []) throws -> ChildProcess {
    try ChildProcess.run(try Stage.islet, ["regress", folder] + options)
  }

  @Test func everyGoldenCaseOfTheRepositoryAgrees() throws {
    let folder = try Stage.source("Integration/regression")
    let cases = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let process = try regress(folder)
    #expect(process.status == 0, "\(process.output)\(process.errors)")
    let lines = process.output.split(separator: "\n")
    #expect(lines.count == cases.count)
    for (line, name) in zip(lines, cases) { #expect(line.hasPrefix("\(name): ok, DSC "), "\(line)") }
  }

  @Test func changedAnswerEndsWith7AndRecordMakesItGolden() throws {
    let folder = try TemporaryFolder()
    let golden = try Stage.source("Integration/regression/phantom-3000-pancreas")
    try FileManager.default.copyItem(atPath: golden, toPath: folder.path + "/phantom")
    let phantom = try Stage.source("Integration/data/phantom-3000-ct.nii.gz")
    let bundle = try Stage.source("Models/pancreas-phantom-native-0.1.0.islet")
    try folder.write(Array("{\"input\": \"\(phantom)\", \"bundle\": \"\(bundle)\"}".utf8), "phantom/case.json")

    // Flags first, then the mask: probabilities in its place have another foreground.
    let text = try String(contentsOfFile: golden + "/golden.json", encoding: .utf8)
    try #require(text.contains("\"no-confidence\""))
    try folder.write(
      Array(text.replacingOccurrences(of: "\"no-confidence\"", with: "\"oblique\"").utf8), "phantom/golden.json")
    let flags = try regress(folder.path)
    #expect(flags.status == 7 && flags.errors.contains("1 of 1 cases differ"), "\(flags.errors)")
    #expect(flags.output.hasPrefix("phantom: FAILED, DSC 1.0") && flags.output.contains("oblique"), "\(flags.output)")
    try folder.write(Array(text.utf8), "phantom/golden.json")
    try folder.write(fileBytes(golden + "/probability-255.nii.gz"), "phantom/mask.nii.gz")
    let mask = try regress(folder.path)
    #expect(mask.status == 7 && mask.output.hasPrefix("phantom: FAILED, DSC 0."), "\(mask.output)")

    #expect(try regress(folder.path, ["--record"]).output == "phantom: recorded\n")
    let recorded = try regress(folder.path)
    #expect(recorded.status == 0 && recorded.output.hasPrefix("phantom: ok, DSC 1.000000"), "\(recorded.output)")
  }

  @Test func folderWithoutCasesOrGoldenResultsEndsWith3() throws {
    let folder = try TemporaryFolder()
    let none = try regress(folder.path)
    #expect(none.status == 3 && none.errors.contains("no case found"), "\(none.errors)")
    let missing = try regress(folder.path + "/nowhere")
    #expect(missing.status == 3 && missing.errorLines.count == 1, "\(missing.errors)")
  }
}
