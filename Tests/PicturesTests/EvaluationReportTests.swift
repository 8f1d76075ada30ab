import Evaluation
import Testing
import Volumes

@testable import Pictures

/// The page of an evaluation.
@Suite struct EvaluationReportTests {
  private static let hostile = "<script>\"&'"

  private func record(
    _ id: String, coarse: Double, final: Double, truthVoxels: Int = 10, corruption: String? = nil
  ) throws -> CaseEvaluation {
    func quality(_ dice: Double) -> MaskQuality { MaskQuality(dice: dice, hd95: 3, surfaceDice: 0.5) }
    let trajectory = try #require(
      Trajectory(heard: [
        .init(round: 0, dice: coarse, diceToPrevious: nil, voxels: 9),
        .init(round: 1, dice: final, diceToPrevious: 0.96, voxels: 9),
      ]))
    return CaseEvaluation(
      subject: .init(id: id, set: "test", corruption: corruption, original: corruption.map { _ in "x" }),
      conditions: .init(
        voxels: "", labels: "", bundle: "0123", bundleName: Self.hostile, plugin: "0.1.0", organ: "pancreas",
        truthLabel: 1, bundleLabel: nil, tolerance: 2),
      truthVoxels: truthVoxels, truthMillilitres: 1, coarseViews: .init(coronal: 0.1, sagittal: 0.2, axial: 0.3),
      trajectory: trajectory, coarse: quality(coarse), final: quality(final), oracle: nil,
      defaultRun: .init(
        quality: quality(final), end: "converged", rounds: 1, flags: ["touches-border"], volumeMillilitres: 1,
        viewAgreement: 0.8, predictedDice: 0.75, predictedDiceLower: 0.5, seconds: 1))
  }

  private func page(_ records: [(String, [CaseEvaluation])], data: String = "synthetic") -> String {
    EvaluationReport.html(
      Evaluation(
        cohort: .init(name: Self.hostile, data: data, difficulty: nil, selection: ""),
        records: records.map { (name: $0.0, records: $0.1) }))
  }

  @Test func everyTextIsEscapedAndNothingIsLoaded() throws {
    let html = page([(Self.hostile, [try record(Self.hostile, coarse: 0.5, final: 0.6)])])
    #expect(!html.contains("<script") && !html.contains("http:") && !html.contains("https:"))
    #expect(html.contains("&lt;script&gt;&quot;&amp;&#39;"))
    #expect(html.contains("default-src 'none'"))
  }

  @Test(arguments: [
    ("synthetic", "Synthetic data."), ("pseudo-labels", "Pseudo-labels."), ("manual", "Manual labels."),
    ("unknown", "does not say how"),
  ]) func saysWhatTheDataAre(_ data: String, _ words: String) throws {
    let html = page([("one", [try record("a", coarse: 0.5, final: 0.6)])], data: data)
    #expect(html.contains(words) && html.contains("Research use only, not for diagnosis."))
  }

  @Test func tableHasOurFiguresAndThePapersBesideThem() throws {
    let html = page([
      ("one", [try record("a", coarse: 0.5, final: 0.6), try record("b", coarse: 0.7, final: 0.66)])
    ])
    #expect(html.contains("<td>63.00 ± 4.24</td>") && html.contains("82.37 ± 5.68"))
    #expect(html.contains("NIH pancreas") && html.contains("other data"))
    #expect(html.contains("<td class=\"lost\">−4.00</td>"))
  }

  @Test func chartsHaveALineForEachCaseAndOneForAll() throws {
    let html = page([
      ("one", [try record("a", coarse: 0.5, final: 0.6), try record("b", coarse: 0.7, final: 0.8)])
    ])
    #expect(html.count(of: "class=\"case\"") == 4 && html.count(of: "class=\"mean\"") == 2)
    #expect(html.count(of: "class=\"dot\"") == 2)
  }

  @Test func worstOriginalsComeFirstAndCasesWithoutTheOrganNever() throws {
    let records = [
      try record("good", coarse: 0.8, final: 0.9), try record("bad", coarse: 0.3, final: 0.2),
      try record("none", coarse: 0, final: 0, truthVoxels: 0),
      try record("noise", coarse: 0, final: 0, corruption: "noise"), try record("middle", coarse: 0.5, final: 0.5),
    ]
    let evaluation = Evaluation(
      cohort: .init(name: "c", data: "synthetic", difficulty: nil, selection: ""), records: [("one", records)])
    let run = try #require(evaluation.runs.first)
    #expect(EvaluationReport.worstCases(of: run).map(\.subject.id) == ["bad", "middle", "good"])
    let html = EvaluationReport.html(
      evaluation, pictures: [.init(run: "one", id: "bad", views: [(.axial, [1, 2, 3])])])
    #expect(html.count(of: "data:image/jpeg;base64,AQID") == 1 && html.contains("The worst case"))
  }

  @Test func secondBundleIsComparedAndCorruptionsStandApart() throws {
    let one = [
      try record("a", coarse: 0.5, final: 0.6), try record("a-noise", coarse: 0.1, final: 0.1, corruption: "noise"),
    ]
    let other = [try record("a", coarse: 0.5, final: 0.7)]
    let html = page([("one", one), ("other", other)])
    #expect(html.contains("other minus one") && html.contains("+10.00"))
    #expect(html.contains("corruption: noise"))
  }

  @Test func lowestTickLeavesRoomBelowTheValues() {
    #expect(ChartFrame.lowest(below: [0.83, 0.97]) == 0.8 && ChartFrame.lowest(below: [0.81]) == 0.7)
    #expect(ChartFrame.lowest(below: [0.01]) == 0 && ChartFrame.lowest(below: [1]) == 0.9)
    #expect(ChartFrame.lowest(below: []) == 0)
  }
}

extension String {
  /// How often a text occurs.
  fileprivate func count(of part: String) -> Int { ranges(of: part).count }
}
