import Evaluation
import Testing

/// Which round a rule takes from a run of ten.
@Suite struct TrajectoryTests {
  @Test func firstRoundWhosePassesTheThresholdIsTaken() throws {
    let run = try Records.trajectory(
      (0.7, nil, 10), (0.8, 0.85, 10), (0.82, 0.95, 10), (0.81, 0.96, 10), (0.83, 0.94, 10))
    #expect(run.pass(stoppingAbove: 0.8).round == 1)
    #expect(run.pass(stoppingAbove: 0.95).round == 3, "d(2) = .95 does not exceed .95")
    #expect(run.pass(stoppingAbove: 0.99).round == 4, "never reached: the last round")
    #expect(run.best.round == 4)
  }

  @Test func bestIsTheEarliestOfEqualsAndNeverTheCoarseMask() throws {
    #expect(try Records.trajectory((0.9, nil, 1), (0.7, 0.5, 1), (0.8, 0.9, 1), (0.8, 1, 1)).best.round == 2)
    #expect(try Records.trajectory((0, nil, 0)).best.round == 0)
  }

  @Test func roundsAfterALostOrganHaveTheMaskBefore() throws {
    let run = try Records.trajectory((0.7, nil, 10), (0.6, 0.8, 5), (0, 0, 0))
    #expect(run.end == .collapsed && run.passes.count == 2)
    #expect(run.pass(after: 10).dice == 0.6 && run.pass(stoppingAbove: 0.9).round == 1)
    #expect(run.diceToPrevious(1) == 0.8 && run.diceToPrevious(2) == nil)
  }

  @Test func fixedPointStaysWhatItIs() throws {
    let run = try Records.trajectory((0.7, nil, 10), (0.75, 0.8, 9), (0.75, 1, 9))
    #expect(run.end == .fixedPoint)
    #expect(run.pass(after: 5).dice == 0.75 && run.diceToPrevious(2) == 1 && run.diceToPrevious(7) == 1)
  }

  @Test func runWithOwnSettingsHasNoRowsOfRoundsThatItMayNotHaveReached() throws {
    var record = try Records.record("one", coarse: 0.6, fine: 0.8)
    record.trajectory = try #require(Trajectory(heardOfOwnSettings: record.trajectory.passes))
    #expect(record.trajectory.end == .ownSettings && !record.trajectory.isWhole)
    for row in [TableRow.round1, .round10, .above90, .above95, .above99, .bestOfAll] {
      #expect(row.entry(of: record) == nil, "\(row)")
    }
    #expect(TableRow.coarse.entry(of: record)?.dice == 0.6 && TableRow.asShipped.entry(of: record)?.dice == 0.8)
    #expect(Trajectory(heardOfOwnSettings: []) == nil)
  }

  @Test func fullRunAndEmptyRun() throws {
    var passes: [(dice: Double, d: Double?, voxels: Int)] = [(0.7, nil, 10)]
    for round in 1...10 { passes.append((0.7, 0.9 + Double(round) / 1000, 10)) }
    let full = try Records.trajectory(passes)
    #expect(full.end == .ranOut && full.pass(after: 10).round == 10 && full.diceToPrevious(11) == nil)
    let empty = try Records.trajectory((0, nil, 0))
    #expect(empty.end == .empty && empty.pass(after: 3).dice == 0 && empty.pass(stoppingAbove: 0.95).round == 0)
    #expect(Trajectory(heard: []) == nil, "without a coarse pass there is no run")
  }
}
