import Cohort
import Foundation
import Testing

/// What a cohort's folder says about its cases, with cohort.json and without.
@Suite struct CohortFolderTests {
  @Test func describedCohortComesBackAsItWasWritten() throws {
    let fixture = try CohortFixture(["case-001", "test-001"])
    var description = CohortFixture.small
    description.cases[1].sha256 = .init(voxels: String(repeating: "a", count: 64), labels: "")
    try fixture.write(description)
    let cohort = try CohortFolder(path: fixture.path)
    #expect(cohort.description == description)
    #expect(cohort.description.labelValue(named: "pancreas") == 1)
    #expect(cohort.description.labelValue(named: "spleen") == nil)
    #expect(cohort.imagePath(description.cases[0]) == fixture.path + "/case-001/ct.nii.gz")
    #expect(cohort.labelsPath(description.cases[1]) == fixture.path + "/test-001/labels.nii.gz")
  }

  @Test func keysAreThoseOfTheFormat() throws {
    let text = """
      {"schema": "org.islet.cohort/1", "name": "n", "data": "synthetic", "difficulty": 1.0,
       "labels": [{"name": "pancreas", "value": 1}],
       "cases": [
         {"id": "a", "set": "test", "fold": null, "source": "atlas", "seed": 123, "corruption": null, "original": null,
          "image": "a/ct.nii.gz", "labels": "a/labels.nii.gz", "sha256": {"voxels": "x", "labels": "y"}},
         {"id": "b", "set": "test", "corruption": "noise", "original": "a", "image": "b/ct.nii.gz",
          "labels": "b/labels.nii.gz"}]}
      """
    let fixture = try CohortFixture(["a", "b"])
    try fixture.write(text, "cohort.json")
    let cases = try CohortFolder(path: fixture.path).description.cases
    #expect(cases.map(\.corruption) == [nil, "noise"] && cases[0].seed == 123 && cases[0].sha256?.labels == "y")
  }

  @Test func foldersWithoutADescriptionAreCasesInTheOrderOfTheirNumbers() throws {
    let fixture = try CohortFixture(["case-10", "case-2", "case-1", "left-over", "case-3"])
    try fixture.write("", "notes.txt")
    try FileManager.default.removeItem(atPath: fixture.path + "/left-over/labels.nii.gz")
    let cases = try CohortFolder(path: fixture.path).description.cases
    #expect(cases.map(\.id) == ["case-1", "case-2", "case-3", "case-10"])
    #expect(cases.map(\.fold) == [1, 2, 3, 4] && cases.allSatisfy { $0.set == .fold && $0.sha256 == nil })
  }

  @Test func eightyTwoCasesGiveThePapersFolds() {
    let folds = (0..<82).map { Folds.fold(ofPlace: $0, among: 82) }
    let expected = (1...82).map { $0 <= 20 ? 1 : $0 <= 40 ? 2 : $0 <= 61 ? 3 : 4 }
    #expect(folds == expected)
  }

  @Test(arguments: [1, 3, 4, 5, 7, 83]) func foldsCoverEveryCaseOnce(_ count: Int) {
    let parts = (1...4).map { Folds.places(of: $0, among: count) }
    #expect(parts.flatMap { Array($0) } == Array(0..<count))
    #expect((parts.map(\.count).max() ?? 0) - (parts.map(\.count).min() ?? 0) <= 1)
  }
}

/// One refusal per code, each with a sentence that names the file.
@Suite struct CohortRefusalTests {
  private func refusal(_ fixture: CohortFixture) -> CohortError? {
    do throws(CohortError) {
      _ = try CohortFolder(path: fixture.path)
      return nil
    } catch {
      return error
    }
  }

  private func refusal(changing change: (inout CohortDescription) -> Void) throws -> CohortError? {
    let fixture = try CohortFixture(["case-001", "test-001"])
    var description = CohortFixture.small
    change(&description)
    try fixture.write(description)
    return refusal(fixture)
  }

  @Test func notFound() {
    let error = #expect(throws: CohortError.self) { try CohortFolder(path: "/nonexistent/cohort") }
    #expect(error?.code == .notFound && error?.message.contains("/nonexistent/cohort") == true)
  }

  @Test func unreadable() throws {
    let fixture = try CohortFixture(["case-001"])
    try FileManager.default.createDirectory(atPath: fixture.path + "/cohort.json", withIntermediateDirectories: false)
    #expect(refusal(fixture)?.code == .unreadable)
  }

  @Test func unsupportedSchema() throws {
    let fixture = try CohortFixture(["case-001"])
    try fixture.write("{\"schema\": \"org.islet.cohort/2\"}", "cohort.json")
    let error = refusal(fixture)
    #expect(error?.code == .unsupportedSchema && error?.message.contains("org.islet.cohort/2") == true)
  }

  @Test func missingFile() throws {
    let fixture = try CohortFixture(["case-001"])
    try fixture.write(CohortFixture.small)
    let error = refusal(fixture)
    #expect(error?.code == .missingFile && error?.message.contains("test-001/ct.nii.gz") == true)
  }

  @Test func noCases() throws {
    let fixture = try CohortFixture(["case-001"])
    try FileManager.default.removeItem(atPath: fixture.path + "/case-001/ct.nii.gz")
    #expect(refusal(fixture)?.code == .noCases)
    #expect(try refusal(changing: { $0.cases = [] })?.code == .noCases)
  }

  @Test func invalidDescriptionNamesThePlaceInTheJSON() throws {
    let fixture = try CohortFixture(["case-001"])
    try fixture.write("no json", "cohort.json")
    #expect(refusal(fixture)?.code == .invalidDescription)
    try fixture.write(
      "{\"schema\": \"org.islet.cohort/1\", \"name\": \"n\", \"data\": \"synthetic\", \"labels\": [], \"cases\": [{}]}",
      "cohort.json")
    let error = refusal(fixture)
    #expect(error?.code == .invalidDescription && error?.message.contains("cases.[0].id") == true, "\(error as Any)")
  }

  @Test(
    arguments: [
      { $0.cases[1].id = "case-001" },
      { $0.cases[0].id = "" },
      { $0.cases[0].fold = 5 },
      { $0.cases[0].fold = nil },
      { $0.cases[1].fold = 1 },
      { $0.cases[1].corruption = "noise" },
      { $0.cases[1].original = "case-001" },
      { ($0.cases[1].corruption, $0.cases[1].original) = ("noise", "case-009") },
      { $0.cases[0].image = "/etc/passwd" },
      { $0.cases[0].labels = "../labels.nii.gz" },
      { $0.cases[0].labels = "" },
      { $0.labels[0].value = 256 },
      { $0.labels.append(.init(name: "liver", value: 1)) },
    ] as [@Sendable (inout CohortDescription) -> Void])
  func contradictionInTheDescriptionIsRefused(_ change: @Sendable (inout CohortDescription) -> Void) throws {
    let error = try refusal(changing: change)
    #expect(error?.code == .invalidDescription && error?.message.contains("cohort.json") == true, "\(error as Any)")
  }
}
