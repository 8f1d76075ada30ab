/// The paper's Table 1 for one group of cases.
public struct EvaluationTable: Codable, Hashable, Sendable {
  /// One row's figures over the group.
  public struct Line: Codable, Hashable, Sendable {
    /// Which masks it is about.
    public let row: TableRow
    /// DSC, 0 ... 1.
    public let dice: Statistic
    /// Fine rounds; nil where the row does not choose them.
    public let rounds: Statistic?
    /// DSC minus the coarse mask's, case by case: how much the fine rounds gave, and took at worst.
    public let gain: Statistic?
    /// HD95, mm, over the cases where it is defined; nil where it was not measured.
    public let hd95: Statistic?
    /// Cases of the row without an HD95, because nothing was found.
    public let undefinedDistances: Int?
    /// Surface DSC, 0 ... 1.
    public let surfaceDice: Statistic?

    enum CodingKeys: String, CodingKey {
      case row, rounds, gain
      case dice = "dsc"
      case hd95 = "hd95_mm"
      case undefinedDistances = "hd95_undefined"
      case surfaceDice = "surface_dsc"
    }

    init?(_ row: TableRow, _ records: [CaseEvaluation]) {
      let entries = records.compactMap { record in row.entry(of: record).map { (record, $0) } }
      guard let dice = Statistic(entries.map(\.1.dice)) else { return nil }
      self.row = row
      self.dice = dice
      rounds = Statistic(entries.compactMap { $0.1.rounds.map(Double.init) })
      gain = row.isAfterCoarse ? Statistic(entries.map { $0.1.dice - $0.0.coarse.dice }) : nil
      let measured = entries.compactMap(\.1.quality)
      hd95 = Statistic(measured.compactMap(\.hd95))
      undefinedDistances = measured.isEmpty ? nil : measured.count { $0.hd95 == nil }
      surfaceDice = Statistic(measured.compactMap(\.surfaceDice))
    }
  }

  /// d(t) of one round over the group.
  public struct Convergence: Codable, Hashable, Sendable {
    /// t.
    public let round: Int
    /// d(t) over the cases that have such a round.
    public let diceToPrevious: Statistic

    enum CodingKeys: String, CodingKey {
      case round
      case diceToPrevious = "dsc_to_previous"
    }
  }

  /// Which cases: "all", "source: atlas", "corruption: noise", ...
  public let group: String
  /// The cases with the organ in their truth; the figures are over these.
  public let cases: Int
  /// Cases whose truth has no such organ, left out.
  public let casesWithoutOrgan: Int
  /// How many of these were given a mask all the same.
  public let falseFinds: Int
  /// Rows that were measured, in the table's order.
  public let lines: [Line]
  /// d(t) for t = 1 ... 10, over the cases that have such a round.
  public let convergence: [Convergence]
  /// How the default runs ended: number of cases by "converged" and so on.
  public let ends: [String: Int]

  enum CodingKeys: String, CodingKey {
    case group, cases, lines, convergence, ends
    case casesWithoutOrgan = "cases_without_organ"
    case falseFinds = "false_finds"
  }

  /// Puts the table of a group together; one pass over its records.
  public init(group: String, records: [CaseEvaluation]) {
    let withOrgan = records.filter { $0.truthVoxels > 0 }
    let without = records.filter { $0.truthVoxels == 0 }
    self.group = group
    cases = withOrgan.count
    casesWithoutOrgan = without.count
    falseFinds = without.count { $0.defaultRun.end != "empty" }
    lines = TableRow.allCases.compactMap { Line($0, withOrgan) }
    convergence = (1...Trajectory.longestRun).compactMap { round in
      Statistic(withOrgan.compactMap { $0.trajectory.diceToPrevious(round) }).map {
        Convergence(round: round, diceToPrevious: $0)
      }
    }
    ends = Dictionary(withOrgan.map { ($0.defaultRun.end, 1) }, uniquingKeysWith: +)
  }

  /// Whether the group is one fold of several.
  public var isOfOneFold: Bool { group.hasPrefix(CaseGroup.fold) }

  /// The figures of one row; nil when it was not measured.
  public func line(_ row: TableRow) -> Line? { lines.first { $0.row == row } }
}

extension TableRow {
  /// Whether the row's mask comes after the fused coarse mask.
  var isAfterCoarse: Bool {
    switch self {
    case .coarseCoronal, .coarseSagittal, .coarseAxial, .coarse: false
    default: true
    }
  }
}
