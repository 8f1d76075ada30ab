import Foundation

/// A table as lines of text for a terminal: DSC in per cent, as the paper gives it.
public enum TextTable {
  /// One group of cases.
  public static func text(_ table: EvaluationTable) -> String {
    var lines = ["\(table.group): \(table.cases) case\(table.cases == 1 ? "" : "s")"]
    if table.casesWithoutOrgan > 0 {
      lines.append(
        "  \(table.casesWithoutOrgan) more without the organ, left out; in \(table.falseFinds) of them one was found")
    }
    lines.append(
      row(["", "DSC %", "rounds", "max", "min", "gain", "worst", "HD95 mm", "surface DSC %"]))
    for line in table.lines {
      lines.append(
        row([
          line.row.title, spread(line.dice, times: 100, digits: 2), line.rounds.map { spread($0, digits: 2) } ?? "",
          number(line.dice.maximum * 100, 2), number(line.dice.minimum * 100, 2),
          line.gain.map { signed($0.mean * 100) } ?? "", line.gain.map { signed($0.minimum * 100) } ?? "",
          line.hd95.map { spread($0, digits: 1) } ?? "",
          line.surfaceDice.map { spread($0, times: 100, digits: 1) } ?? "",
        ]))
    }
    if let last = table.convergence.last {
      lines.append(
        "  d(\(last.round)): mean \(number(last.diceToPrevious.mean, 4)), median "
          + "\(number(last.diceToPrevious.median, 4)), min \(number(last.diceToPrevious.minimum, 4))")
    }
    return lines.joined(separator: "\n")
  }

  /// Every group in one line.
  public static func overview(_ tables: [EvaluationTable]) -> String {
    let rows: [TableRow] = [.coarse, .above95, .oracle, .asShipped]
    let head = row(["group", "cases"] + rows.map(\.title), overviewWidths)
    let lines = tables.map { table in
      row(
        [table.group, "\(table.cases)"]
          + rows.map { table.line($0).map { spread($0.dice, times: 100, digits: 2) } ?? "" },
        overviewWidths)
    }
    return ([head] + lines).joined(separator: "\n")
  }

  /// One bundle against another.
  public static func text(_ comparison: Comparison) -> String {
    var lines = ["\(comparison.second) minus \(comparison.first), \(comparison.group), DSC points"]
    for line in comparison.lines {
      lines.append(
        "  " + padded(line.row.title, 22)
          + "\(spread(line.difference, times: 100, digits: 2)), better in \(line.better), worse in \(line.worse) of "
          + "\(line.difference.n)")
    }
    return lines.joined(separator: "\n")
  }

  private static let widths = [22, 16, 15, 9, 9, 9, 9, 15, 15]
  private static let overviewWidths = [30, 7, 17, 17, 17, 21]

  private static func row(_ cells: [String], _ widths: [Int] = widths) -> String {
    let text = zip(cells, widths).enumerated().map { place, cell in
      place == 0 ? padded(cell.0, cell.1) : String(repeating: " ", count: max(1, cell.1 - cell.0.count)) + cell.0
    }.joined()
    return "  " + text.replacing(/\s+$/, with: "")
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private static func spread(_ statistic: Statistic, times factor: Double = 1, digits: Int) -> String {
    number(statistic.mean * factor, digits) + (statistic.sd.map { " ± " + number($0 * factor, digits) } ?? "")
  }

  private static func signed(_ value: Double) -> String { (value < 0 ? "" : "+") + number(value, 2) }

  private static func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
}
