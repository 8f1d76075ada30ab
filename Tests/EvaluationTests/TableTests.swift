import Evaluation
import Foundation
import Testing

/// The rows, groups and comparisons of an evaluation.
@Suite struct TableTests {
  private let cohort = Evaluation.Cohort(name: "made up", data: "synthetic", difficulty: nil, selection: "all")

  @Test func linesHoldMeanSpreadGainAndRounds() throws {
    let table = EvaluationTable(
      group: "all",
      records: [
        try Records.record("a", coarse: 0.7, fine: 0.8), try Records.record("b", coarse: 0.8, fine: 0.78, hd95: nil),
      ])
    #expect(table.cases == 2 && table.lines.map(\.row) == TableRow.allCases)
    let final = try #require(table.line(.above95))
    #expect(abs(final.dice.mean - 0.79) < 1e-12 && final.dice.minimum == 0.78)
    #expect(final.rounds?.mean == 2 && table.line(.round2)?.rounds == nil)
    #expect(abs(try #require(final.gain).minimum + 0.02) < 1e-12 && table.line(.coarse)?.gain == nil)
    #expect(final.hd95?.n == 1 && final.undefinedDistances == 1 && table.line(.round1)?.undefinedDistances == nil)
    #expect(table.convergence.map(\.round) == Array(1...10), "d(2) < 1 in round 2 of 2: a fixed point")
    #expect(table.ends == ["converged": 2])
  }

  @Test func casesWithoutTheOrganAreCountedApart() throws {
    let table = EvaluationTable(
      group: "all",
      records: [
        try Records.record("a", coarse: 0.7, fine: 0.8),
        try Records.record("b", coarse: 0, fine: 0, truthVoxels: 0),
        try Records.record("c", coarse: 1, fine: 1, truthVoxels: 0, end: "empty"),
      ])
    #expect(table.cases == 1 && table.casesWithoutOrgan == 2 && table.falseFinds == 1)
    #expect(table.line(.above95)?.dice.n == 1)
  }

  @Test func groupsAreOriginalsSourcesFoldsAndCorruptions() throws {
    let records = [
      try Records.record("a", coarse: 0.7, fine: 0.8, source: "atlas", fold: 1),
      try Records.record("b", coarse: 0.7, fine: 0.8, source: "parametric", fold: 2),
      try Records.record("c", coarse: 0.2, fine: 0.1, source: "atlas", corruption: "noise"),
    ]
    let run = try #require(Evaluation(cohort: cohort, records: [("one", records)]).runs.first)
    #expect(
      run.tables.map(\.group) == [
        "all", "source: atlas", "source: parametric", "fold: 1", "fold: 2", "corrupted", "corruption: noise",
      ])
    #expect(run.tables.map(\.cases) == [2, 1, 1, 1, 1, 1, 1])
  }

  @Test func comparisonPairsByCase() throws {
    let first = [
      try Records.record("a", coarse: 0.7, fine: 0.8), try Records.record("b", coarse: 0.7, fine: 0.6),
      try Records.record("only here", coarse: 0.7, fine: 0),
    ]
    let second = [try Records.record("b", coarse: 0.7, fine: 0.7), try Records.record("a", coarse: 0.7, fine: 0.75)]
    let evaluation = Evaluation(cohort: cohort, records: [("one", first), ("other", second)])
    let line = try #require(evaluation.comparisons.first?.lines.first { $0.row == .above95 })
    #expect(line.difference.n == 2 && abs(line.difference.mean - 0.025) < 1e-12)
    #expect(line.better == 1 && line.worse == 1)
  }

  @Test func recordsAndEvaluationSurviveJSON() throws {
    let record = try Records.record("a", coarse: 0.7, fine: 0.8, source: "atlas")
    let data = try JSONEncoder().encode(record)
    #expect(try JSONDecoder().decode(CaseEvaluation.self, from: data) == record)
    let evaluation = Evaluation(cohort: cohort, records: [("one", [record])])
    let again = try JSONDecoder().decode(Evaluation.self, from: JSONEncoder().encode(evaluation))
    #expect(again == evaluation)
  }

  @Test func sheetHasALineForEachCaseAndRow() throws {
    let evaluation = Evaluation(
      cohort: cohort, records: [("a, \"b\"", [try Records.record("x", coarse: 0.7, fine: 0.8)])])
    let lines = CaseSheet.csv(evaluation).split(separator: "\n")
    #expect(lines.count == 1 + TableRow.allCases.count)
    #expect(lines[0].hasPrefix("bundle,case,set,fold,") && lines[1].hasPrefix("\"a, \"\"b\"\"\",x,test,,"))
    #expect(lines.last?.hasSuffix(",as-shipped,0.8,2,4.0,0.9,,converged") == true, "\(lines.last ?? "")")
  }

  @Test func paperHasAReferenceForEveryRowOfItsTable() {
    for row in TableRow.allCases { #expect((PaperReference.nih(row) == nil) == (row == .asShipped)) }
    #expect(PaperReference.nih(.above95)?.mean == 82.37 && PaperReference.nih(.above95)?.minimum == 62.43)
  }
}
