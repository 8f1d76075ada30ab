/// A whole evaluation: what evaluation.json holds and the page shows.
public struct Evaluation: Codable, Hashable, Sendable {
  /// The schema that this writer knows.
  public static let schema = "org.islet.evaluation/1"

  /// The cohort, in its own words.
  public struct Cohort: Codable, Hashable, Sendable {
    /// The cohort's name.
    public var name: String
    /// "synthetic", "pseudo-labels", "manual", "unknown".
    public var data: String
    /// How hard synthetic cases were made; nil for what was not synthesised.
    public var difficulty: Double?
    /// Which of its cases were taken: "fold", "all", ...
    public var selection: String

    /// Takes the fields as they are.
    public init(name: String, data: String, difficulty: Double?, selection: String) {
      (self.name, self.data, self.difficulty, self.selection) = (name, data, difficulty, selection)
    }
  }

  /// All cases of one bundle, or of one bundle a fold.
  public struct Run: Codable, Hashable, Sendable {
    /// The name that tells the evaluation's bundles apart.
    public let name: String
    /// Name, version and identity of every bundle used.
    public let bundles: [String]
    /// The organ's name.
    public let organ: String
    /// Tables by group, all originals first.
    public let tables: [EvaluationTable]
    /// The cases, in the cohort's order.
    public let records: [CaseEvaluation]
  }

  /// Always `Evaluation.schema` in what is written.
  public var schema = Evaluation.schema
  /// What was measured on.
  public let cohort: Cohort
  /// One for each bundle, in the order of the command line.
  public let runs: [Run]
  /// Each later bundle against the first, group by group.
  public let comparisons: [Comparison]
  /// What the figures are for.
  public var researchUse = "Research use only, not for diagnosis."

  enum CodingKeys: String, CodingKey {
    case schema, cohort, runs, comparisons
    case researchUse = "research_use"
  }

  /// Groups the records and makes every table. Cost: some passes over the records.
  public init(cohort: Cohort, records: [(name: String, records: [CaseEvaluation])]) {
    self.cohort = cohort
    runs = records.map { name, records in
      Run(
        name: name,
        bundles: Set(records.map { "\($0.conditions.bundleName), \($0.conditions.bundle)" }).sorted(),
        organ: records.first?.conditions.organ ?? "",
        tables: CaseGroup.all(of: records).map { EvaluationTable(group: $0.name, records: $0.records) },
        records: records)
    }
    comparisons = records.dropFirst().flatMap { other -> [Comparison] in
      guard let first = records.first else { return [] }
      return CaseGroup.all(of: first.records).map {
        Comparison(first: (first.name, $0.records), second: other, group: $0.name)
      }
    }
  }
}

/// The cases that one table is about.
struct CaseGroup {
  /// How the names of folds begin.
  static let fold = "fold"

  let name: String
  let records: [CaseEvaluation]

  /// All originals; each source among them, each fold among them, when there are several; each corruption.
  static func all(of records: [CaseEvaluation]) -> [CaseGroup] {
    let originals = records.filter { $0.subject.corruption == nil }
    var groups = originals.isEmpty ? [] : [CaseGroup(name: "all", records: originals)]
    groups += split(originals, "source", by: \.source)
    groups += split(originals, fold, by: { $0.fold.map(String.init) })
    let corrupted = records.filter { $0.subject.corruption != nil }
    if !corrupted.isEmpty { groups.append(CaseGroup(name: "corrupted", records: corrupted)) }
    let kinds = Set(corrupted.compactMap(\.subject.corruption)).sorted()
    groups += kinds.map { kind in
      CaseGroup(name: "corruption: \(kind)", records: corrupted.filter { $0.subject.corruption == kind })
    }
    return groups
  }

  private static func split(
    _ records: [CaseEvaluation], _ name: String, by key: (CaseEvaluation.Subject) -> String?
  ) -> [CaseGroup] {
    let values = Set(records.compactMap { key($0.subject) }).sorted()
    guard values.count > 1 else { return [] }
    return values.map { value in
      CaseGroup(name: "\(name): \(value)", records: records.filter { key($0.subject) == value })
    }
  }
}
