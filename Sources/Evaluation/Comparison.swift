/// One bundle against another on the same cases, row by row.
public struct Comparison: Codable, Hashable, Sendable {
  /// Paired differences of one row.
  public struct Line: Codable, Hashable, Sendable {
    /// Which masks are compared.
    public let row: TableRow
    /// DSC of the second bundle minus that of the first, case by case.
    public let difference: Statistic
    /// Cases in which the second bundle is better.
    public let better: Int
    /// Cases in which it is worse.
    public let worse: Int
  }

  /// Name of the bundle that is subtracted.
  public let first: String
  /// Name of the other bundle.
  public let second: String
  /// The cases compared.
  public let group: String
  /// Rows that both have.
  public let lines: [Line]

  /// Pairs the records by the cases' ids; cases that one of them lacks, or without the organ, are left out.
  public init(
    first: (name: String, records: [CaseEvaluation]), second: (name: String, records: [CaseEvaluation]), group: String
  ) {
    (self.first, self.second, self.group) = (first.name, second.name, group)
    let others = Dictionary(second.records.map { ($0.subject.id, $0) }, uniquingKeysWith: { one, _ in one })
    let pairs = first.records.filter { $0.truthVoxels > 0 }.compactMap { one in
      others[one.subject.id].map { (one, $0) }
    }
    lines = TableRow.allCases.compactMap { row in
      let differences = pairs.compactMap { one, other -> Double? in
        guard let left = row.entry(of: one), let right = row.entry(of: other) else { return nil }
        return right.dice - left.dice
      }
      return Statistic(differences).map { statistic in
        Line(
          row: row, difference: statistic, better: differences.count { $0 > 0 }, worse: differences.count { $0 < 0 })
      }
    }
  }
}
