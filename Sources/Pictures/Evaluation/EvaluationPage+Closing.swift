import Evaluation

extension EvaluationPage {
  /// Each further bundle against the first, in pairs of cases.
  var comparisons: String {
    let tables = evaluation.comparisons.filter { !$0.lines.isEmpty }.map { comparison in
      let rows = comparison.lines.map { line in
        let difference = line.difference
        let sign = difference.mean < 0 ? "−" : "+"
        return """
          <tr><th scope="row">\(escaped(line.row.title))</th>\
          <td>\(sign)\(decimal(abs(difference.mean) * 100, 2))\
          \(difference.sd.map { " ± \(decimal($0 * 100, 2))" } ?? "")</td>\
          <td>\(line.better)</td><td>\(line.worse)</td><td>\(difference.n - line.better - line.worse)</td></tr>
          """
      }
      let table = """
        <div class="wide"><table class="table1"><thead><tr><th scope="col">\(escaped(comparison.group)), \
        \(comparison.lines.map(\.difference.n).max() ?? 0) cases</th><th scope="col">Difference, DSC points</th>\
        <th scope="col">Better</th><th scope="col">Worse</th><th scope="col">Equal</th></tr></thead>
        <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
        """
      let isMain = comparison.group == evaluation.runs.first?.tables.first?.group
      return isMain
        ? "<h3>\(escaped(comparison.second)) minus \(escaped(comparison.first))</h3>\n\(table)"
        : "<details><summary>\(escaped(comparison.second)): \(escaped(comparison.group))</summary>\(table)</details>"
    }
    guard !tables.isEmpty else { return "" }
    return """
      <section><h2>One bundle against the other</h2>
      <p class="note">DSC of the second bundle minus that of the first on the same case; mean ± sd over the cases.</p>
      \(tables.joined(separator: "\n"))
      </section>
      """
  }

  /// How every figure is defined.
  var definitions: String {
    let conditions = evaluation.runs.first?.records.first?.conditions
    let tolerance = decimal(conditions?.tolerance ?? 2, 1)
    return """
      <section><h2>How to read this</h2>
      <p class="note">DSC is the Dice coefficient with the truth in per cent; a case in which nothing was found counts \
      0. ± is the sample standard deviation. Max and min are the best and the worst case. Gain is the mean change from \
      the fused coarse mask, worst the change of the case that lost most. d(t) compares the masks of rounds t − 1 and \
      t; “d(t) &gt; .95” takes the first round that passes, else the last of \(Trajectory.longestRun). “Best of all \
      rounds” and “oracle box” (one round from the truth) use the truth: no user can have them. HD95 is the 95th \
      percentile of the distances between both surfaces in both directions; surface DSC is the share of both surfaces \
      within \(tolerance) mm. “As the bundle is set” is a run with the bundle's own threshold and rounds.</p>
      <p class="note">Everything was measured through the plugin, version \(escaped(conditions?.plugin ?? "unknown")), as \
      a viewer would use it. cases.csv and evaluation.json beside this page hold all figures.</p>
      </section>
      """
  }
}
