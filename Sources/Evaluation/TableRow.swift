/// A row of the paper's Table 1: which mask of a case it takes.
public enum TableRow: Hashable, Sendable, CaseIterable, Codable {
  case coarseCoronal, coarseSagittal, coarseAxial, coarse
  case round1, round2, round3, round5, round10
  case above90, above95, above99
  case bestOfAll, oracle, asShipped

  /// The rows in the order of the paper.
  public static let allCases: [TableRow] = [
    .coarseCoronal, .coarseSagittal, .coarseAxial, .coarse, .round1, .round2, .round3, .round5, .round10, .above90,
    .above95, .above99, .bestOfAll, .oracle, .asShipped,
  ]

  /// The row's name in files.
  public var key: String {
    switch self {
    case .coarseCoronal: "coarse-coronal"
    case .coarseSagittal: "coarse-sagittal"
    case .coarseAxial: "coarse-axial"
    case .coarse: "coarse"
    case .round1: "round-1"
    case .round2: "round-2"
    case .round3: "round-3"
    case .round5: "round-5"
    case .round10: "round-10"
    case .above90: "d-above-0.90"
    case .above95: "d-above-0.95"
    case .above99: "d-above-0.99"
    case .bestOfAll: "best-of-all-rounds"
    case .oracle: "oracle-box"
    case .asShipped: "as-shipped"
    }
  }

  /// The row's name for people.
  public var title: String {
    switch self {
    case .coarseCoronal: "Coarse, coronal"
    case .coarseSagittal: "Coarse, sagittal"
    case .coarseAxial: "Coarse, axial"
    case .coarse: "Coarse, fused"
    case .round1: "After 1 round"
    case .round2: "After 2 rounds"
    case .round3: "After 3 rounds"
    case .round5: "After 5 rounds"
    case .round10: "After 10 rounds"
    case .above90: "d(t) > .90"
    case .above95: "d(t) > .95"
    case .above99: "d(t) > .99"
    case .bestOfAll: "Best of all rounds"
    case .oracle: "Oracle box"
    case .asShipped: "As the bundle is set"
    }
  }

  /// What a row takes from a case.
  public struct Entry: Hashable, Sendable {
    /// DSC against the truth.
    public let dice: Double
    /// Fine rounds run; nil where the row's rule does not choose them.
    public let rounds: Int?
    /// Distances, where they were measured.
    public let quality: MaskQuality?
  }

  /// The row's entry for a case; nil when it was not measured.
  public func entry(of record: CaseEvaluation) -> Entry? {
    let trajectory = record.trajectory
    guard trajectory.isWhole || !needsWholeTrajectory else { return nil }
    func fixed(_ rounds: Int) -> Entry {
      Entry(dice: trajectory.pass(after: rounds).dice, rounds: nil, quality: nil)
    }
    func chosen(_ pass: Trajectory.Pass, _ quality: MaskQuality? = nil) -> Entry {
      Entry(dice: pass.dice, rounds: pass.round, quality: quality)
    }
    switch self {
    case .coarseCoronal: return Entry(dice: record.coarseViews.coronal, rounds: nil, quality: nil)
    case .coarseSagittal: return Entry(dice: record.coarseViews.sagittal, rounds: nil, quality: nil)
    case .coarseAxial: return Entry(dice: record.coarseViews.axial, rounds: nil, quality: nil)
    case .coarse: return Entry(dice: record.coarse.dice, rounds: nil, quality: record.coarse)
    case .round1: return fixed(1)
    case .round2: return fixed(2)
    case .round3: return fixed(3)
    case .round5: return fixed(5)
    case .round10: return fixed(10)
    case .above90: return chosen(trajectory.pass(stoppingAbove: 0.90))
    case .above95: return chosen(trajectory.pass(stoppingAbove: Self.finalThreshold), record.final)
    case .above99: return chosen(trajectory.pass(stoppingAbove: 0.99))
    case .bestOfAll: return chosen(trajectory.best)
    case .oracle: return record.oracle.map { Entry(dice: $0.dice, rounds: nil, quality: $0) }
    case .asShipped:
      let run = record.defaultRun
      return Entry(dice: run.quality.dice, rounds: run.rounds, quality: run.quality)
    }
  }

  /// Whether the row is about rounds that a run with the bundle's own settings may not have reached.
  private var needsWholeTrajectory: Bool {
    switch self {
    case .coarseCoronal, .coarseSagittal, .coarseAxial, .coarse, .oracle, .asShipped: false
    default: true
    }
  }

  /// R of the paper's headline row.
  public static let finalThreshold = 0.95

  /// Written as its key.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(key)
  }

  /// Read from its key.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let key = try container.decode(String.self)
    guard let row = Self.allCases.first(where: { $0.key == key }) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(key) is no row of the table")
    }
    self = row
  }
}
