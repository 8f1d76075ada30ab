import Evaluation

/// The tables of one bundle: the paper's Table 1, the groups of cases, every case.
struct EvaluationTables {
  let run: Evaluation.Run

  /// Rows after which the table draws a line.
  private static let blocks: Set<TableRow> = [.round1, .above90, .bestOfAll, .asShipped]

  /// The table of all originals, with the paper's figures beside it where the organ is the paper's.
  var main: String {
    guard let table = run.tables.first else { return "" }
    return self.table(table, withPaper: run.organ == "pancreas") + notes(table) + distances(table)
  }

  /// HD95 and surface DSC of the rows whose masks were measured that way.
  private func distances(_ table: EvaluationTable) -> String {
    let rows = table.lines.filter { $0.surfaceDice != nil }.map { line in
      """
      <tr><th scope="row">\(HTMLText.escaped(line.row.title))</th>\
      \(cell(line.hd95.map { spread($0, digits: 2) } ?? "–"))\(cell(line.hd95.map { number($0.maximum) } ?? "–"))\
      \(cell("\(line.undefinedDistances ?? 0)"))\
      \(cell(line.surfaceDice.map { spread($0, times: 100, digits: 2) }))\
      \(cell(line.surfaceDice.map { number($0.minimum * 100) }))</tr>
      """
    }
    guard !rows.isEmpty else { return "" }
    return """
      <h3>Distances between the surfaces</h3>
      <div class="wide"><table class="table1"><thead><tr><th scope="col">\(HTMLText.escaped(caption(table)))</th>\
      <th scope="col">HD95 mm</th><th scope="col">Max</th><th scope="col">Undefined</th>\
      <th scope="col">Surface DSC %</th><th scope="col">Min</th></tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
      """
  }

  private func notes(_ table: EvaluationTable) -> String {
    var sentences: [String] = []
    if table.casesWithoutOrgan > 0 {
      sentences.append(
        "\(table.casesWithoutOrgan) more cases do not show the organ and are left out; in \(table.falseFinds) of them "
          + "one was found.")
    }
    let ends = table.ends.sorted { $0.key < $1.key }.map { "\(HTMLText.escaped($0.key)) \($0.value)" }
    if !ends.isEmpty { sentences.append("Ends of the runs as the bundle is set: \(ends.joined(separator: ", ")).") }
    return sentences.isEmpty ? "" : "<p class=\"note\">\(sentences.joined(separator: " "))</p>"
  }

  private func table(_ table: EvaluationTable, withPaper: Bool) -> String {
    let over =
      withPaper
      ? """
      <tr class="over"><th colspan="7"></th><th class="reference first" colspan="4">Zhou et al. 2017: NIH pancreas, \
      82 CT, other data</th></tr>
      """ : ""
    let paperHead =
      withPaper
      ? """
      <th scope="col" class="reference first">DSC %</th><th scope="col" class="reference">Rounds</th>\
      <th scope="col" class="reference">Max</th><th scope="col" class="reference">Min</th>
      """ : ""
    let rows = table.lines.map { line in
      let classes = [
        Self.blocks.contains(line.row) ? "block" : nil, line.row == .above95 ? "headline" : nil,
      ].compactMap(\.self)
      return """
        <tr\(classes.isEmpty ? "" : " class=\"\(classes.joined(separator: " "))\"")>\
        <th scope="row">\(HTMLText.escaped(line.row.title))</th>\(cells(line))\(withPaper ? paper(line.row) : "")</tr>
        """
    }
    return """
      <div class="wide"><table class="table1"><thead>\(over)
      <tr><th scope="col">\(HTMLText.escaped(caption(table)))</th><th scope="col">DSC %</th><th scope="col">Rounds</th>\
      <th scope="col">Max</th><th scope="col">Min</th><th scope="col">Gain</th><th scope="col">Worst</th>\
      \(paperHead)</tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></div>
      """
  }

  private func caption(_ table: EvaluationTable) -> String {
    "\(table.cases) case\(table.cases == 1 ? "" : "s")" + (table.group == "all" ? "" : ", \(table.group)")
  }

  private func cells(_ line: EvaluationTable.Line) -> String {
    let worst = line.gain.map { gain in
      "<td\(gain.minimum < 0 ? " class=\"lost\"" : "")>\(signed(gain.minimum))</td>"
    }
    return [
      cell(spread(line.dice, times: 100, digits: 2)), cell(line.rounds.map { spread($0, digits: 2) }),
      cell(number(line.dice.maximum * 100)), cell(number(line.dice.minimum * 100)),
      cell(line.gain.map { signed($0.mean) }), worst ?? cell(nil),
    ].joined()
  }

  private func paper(_ row: TableRow) -> String {
    let reference = PaperReference.nih(row)
    func spread(_ mean: Double?, _ sd: Double?) -> String {
      guard let mean else { return "" }
      return number(mean) + (sd.map { " ± \(number($0))" } ?? "")
    }
    let texts = [
      spread(reference?.mean, reference?.sd), spread(reference?.rounds, reference?.roundsSD),
      reference?.maximum.map(number) ?? "", reference?.minimum.map(number) ?? "",
    ]
    return texts.enumerated().map { "<td class=\"reference\($0 == 0 ? " first" : "")\">\($1)</td>" }.joined()
  }

  // MARK: Groups

  /// Sources, folds and corruptions in one line each, their whole tables folded away.
  var groups: String {
    let others = run.tables.dropFirst()
    guard !others.isEmpty else { return "" }
    let rows = run.tables.map { table in
      """
      <tr><th scope="row">\(HTMLText.escaped(table.group))</th><td>\(table.cases)</td>\
      \([TableRow.coarse, .round1, .above95, .oracle, .asShipped].map { mean(table.line($0)) }.joined())\
      <td>\(table.line(.above95).map { number($0.dice.minimum * 100) } ?? "–")</td></tr>
      """
    }
    let details = others.map { table in
      """
      <details><summary>\(HTMLText.escaped(table.group)): the whole table</summary>\(self.table(table, withPaper: false))\
      \(notes(table))</details>
      """
    }
    return """
      <h3>By group</h3>
      <p class="note">DSC %, mean ± sd. Corrupted cases stand apart: they are not among “all”.</p>
      <div class="wide"><table class="table1"><thead><tr><th scope="col">Group</th><th scope="col">Cases</th>\
      <th scope="col">Coarse</th><th scope="col">After 1 round</th><th scope="col">d(t) &gt; .95</th>\
      <th scope="col">Oracle box</th><th scope="col">As set</th><th scope="col">Min, d(t) &gt; .95</th></tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
      \(details.joined(separator: "\n"))
      """
  }

  private func mean(_ line: EvaluationTable.Line?) -> String {
    cell(line.map { spread($0.dice, times: 100, digits: 2) } ?? "–")
  }

  // MARK: Cases

  /// d(t) by round, and a line for every case.
  var cases: String {
    let convergence = (run.tables.first?.convergence ?? []).map { entry in
      let d = entry.diceToPrevious
      return """
        <tr><td>\(entry.round)</td><td>\(d.n)</td><td>\(decimal4(d.mean))</td><td>\(decimal4(d.median))</td>\
        <td>\(decimal4(d.minimum))</td></tr>
        """
    }
    let lines = run.records.map { record in
      let subject = record.subject
      let shipped = record.defaultRun
      let origin = [subject.set, subject.fold.map(String.init), subject.source, subject.corruption]
        .compactMap(\.self).joined(separator: " · ")
      let found = shipped.flags.filter { $0 != "unsigned-bundle" && $0 != "no-confidence" }
      return """
        <tr><th scope="row">\(HTMLText.escaped(subject.id))</th><td class="more">\(HTMLText.escaped(origin))</td>\
        <td>\(HTMLText.decimal(record.truthMillilitres, digits: 1))</td>\
        \([TableRow.coarse, .round1, .above95, .bestOfAll, .oracle, .asShipped].map { entry($0, record) }.joined())\
        <td>\(shipped.rounds)</td>\(cell(shipped.quality.hd95.map { HTMLText.decimal($0, digits: 1) } ?? "–"))\
        \(cell(shipped.predictedDice.map { number($0 * 100) } ?? "–"))\
        <td class="more">\(HTMLText.escaped(([shipped.end] + found).joined(separator: ", ")))</td></tr>
        """
    }
    return """
      <details><summary>d(t) by round</summary><div class="wide"><table class="table1"><thead><tr>\
      <th scope="col">Round</th><th scope="col">Cases</th><th scope="col">Mean</th><th scope="col">Median</th>\
      <th scope="col">Min</th></tr></thead><tbody>\(convergence.joined(separator: "\n"))</tbody></table></div></details>
      <details\(run.records.count <= 12 ? " open" : "")><summary>Case by case</summary>
      <div class="wide"><table class="table1"><thead><tr><th scope="col">Case</th><th scope="col" class="more">Origin</th>\
      <th scope="col">Truth ml</th><th scope="col">Coarse</th><th scope="col">1 round</th><th scope="col">d &gt; .95</th>\
      <th scope="col">Best</th><th scope="col">Oracle</th><th scope="col">As set</th><th scope="col">Rounds</th>\
      <th scope="col">HD95 mm</th><th scope="col">Predicted</th><th scope="col" class="more">End, flags</th></tr></thead>
      <tbody>
      \(lines.joined(separator: "\n"))
      </tbody></table></div></details>
      """
  }

  private func entry(_ row: TableRow, _ record: CaseEvaluation) -> String {
    guard record.truthVoxels > 0, let entry = row.entry(of: record) else { return cell("–") }
    return cell(number(entry.dice * 100))
  }

  // MARK: Pieces

  private func cell(_ text: String?) -> String { "<td>\(text ?? "")</td>" }

  private func spread(_ statistic: Statistic, times factor: Double = 1, digits: Int) -> String {
    HTMLText.decimal(statistic.mean * factor, digits: digits)
      + (statistic.sd.map { " ± \(HTMLText.decimal($0 * factor, digits: digits))" } ?? "")
  }

  private func signed(_ share: Double) -> String { (share < 0 ? "−" : "+") + number(abs(share) * 100) }

  private func number(_ value: Double) -> String { HTMLText.decimal(value, digits: 2) }
  private func decimal4(_ value: Double) -> String { HTMLText.decimal(value, digits: 4) }
}
