import Evaluation

/// The charts of one bundle's evaluation: every case thin, the cohort bold.
struct EvaluationCharts {
  /// Cases with the organ in their truth, in the cohort's order.
  let records: [CaseEvaluation]

  private var rounds: ClosedRange<Int> { 1...Trajectory.longestRun }

  /// DSC against the truth by round, from the coarse mask on.
  var qualityByRound: String {
    let all = [0] + Array(rounds)
    let records = records.filter(\.trajectory.isWhole)
    let curves = records.map { record in all.map { record.trajectory.pass(after: $0).dice } }
    let frame = ChartFrame.rounds(
      from: 0, to: Trajectory.longestRun, lowest: ChartFrame.lowest(below: curves.joined().map(\.self)), name: "DSC")
    let thin = zip(records, curves).map { record, curve in
      frame.line(points(all, curve), style: "case", title: record.subject.id)
    }
    let means = all.map { round in Statistic(curves.map { $0[round] })?.mean ?? .nan }
    let bold = frame.line(points(all, means), style: "mean")
    let summary = "Mean DSC by round: " + means.map { HTMLText.decimal($0, digits: 3) }.joined(separator: ", ")
    return frame.svg(label: summary, content: (thin + [bold]).joined(separator: "\n"))
  }

  /// The final mask against the coarse one: a case above the diagonal gained.
  var finalAgainstCoarse: String {
    let values = records.flatMap { [$0.coarse.dice, $0.final.dice] }
    let frame = ChartFrame.shares(lowest: ChartFrame.lowest(below: values), names: ("DSC, coarse", "DSC, d(t) > .95"))
    let lowest = frame.horizontal.lowerBound
    let diagonal = frame.line([(lowest, lowest), (1, 1)], style: "diagonal")
    let points = records.map { record in
      let (coarse, final) = (record.coarse.dice, record.final.dice)
      return frame.point(
        coarse, final, style: "dot",
        title: "\(record.subject.id): \(HTMLText.decimal(coarse, digits: 3)) to \(HTMLText.decimal(final, digits: 3))")
    }
    let gained = records.count { $0.final.dice > $0.coarse.dice }
    return frame.svg(
      label: "Final against coarse DSC: \(gained) of \(records.count) cases gained",
      content: ([diagonal] + points).joined(separator: "\n"))
  }

  /// d(t) by round with the paper's thresholds.
  var convergence: String {
    let curves = records.map { record in
      rounds.compactMap { round in record.trajectory.diceToPrevious(round).map { (Double(round), $0) } }
    }
    let frame = ChartFrame.rounds(
      from: 1, to: Trajectory.longestRun, lowest: ChartFrame.lowest(below: curves.joined().map(\.1)), name: "d(t)")
    let thresholds = [0.9, 0.95, 0.99].map { frame.line([(0.7, $0), (10.3, $0)], style: "threshold") }
    let thin = zip(records, curves).map { frame.line($1, style: "case", title: $0.subject.id) }
    let means = rounds.compactMap { round in
      Statistic(curves.compactMap { curve in curve.first { $0.0 == Double(round) }?.1 }).map {
        (Double(round), $0.mean)
      }
    }
    let summary = "Mean d(t) by round: " + means.map { HTMLText.decimal($0.1, digits: 3) }.joined(separator: ", ")
    return frame.svg(
      label: summary, content: (thresholds + thin + [frame.line(means, style: "mean")]).joined(separator: "\n"))
  }

  private func points(_ rounds: [Int], _ values: [Double]) -> [(Double, Double)] {
    zip(rounds, values).map { (Double($0), $1) }
  }
}
