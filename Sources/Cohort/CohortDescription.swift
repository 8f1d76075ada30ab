/// What cohort.json says: which cases there are, what for, and what their label values mean.
///
/// JSON, schema "org.islet.cohort/1"; docs/cohort.md shows one. A reader refuses other schemas.
public struct CohortDescription: Codable, Hashable, Sendable {
  /// The schema that this reader and writer know.
  public static let schema = "org.islet.cohort/1"

  /// A label value and the structure that it marks.
  public struct Label: Codable, Hashable, Sendable {
    /// The structure, in English, lower case: "pancreas".
    public var name: String
    /// Its value in every label map of the cohort, 1 to 255.
    public var value: Int

    /// Pairs a structure with its value.
    public init(name: String, value: Int) { (self.name, self.value) = (name, value) }
  }

  /// Always `CohortDescription.schema` in what is written.
  public var schema: String
  /// For people: "Islet synthetic cohort".
  public var name: String
  /// What the images are: "synthetic" for everything that was computed.
  public var data: String
  /// How hard synthetic cases were made, 1 as usual; nil for what was not synthesised.
  public var difficulty: Double?
  /// Names of the label values; empty when nobody said.
  public var labels: [Label]
  /// In the order of the folds, so that a place decides the fold.
  public var cases: [CohortCase]

  /// A description with the present schema.
  public init(name: String, data: String, difficulty: Double? = nil, labels: [Label], cases: [CohortCase]) {
    (self.name, self.data, self.difficulty, self.labels, self.cases) = (name, data, difficulty, labels, cases)
    schema = Self.schema
  }

  /// The value of a structure, nil when no label has that name.
  public func labelValue(named name: String) -> Int? { labels.first { $0.name == name }?.value }
}

extension CohortDescription {
  /// Throws `noCases` or `invalidDescription` with the first rule that is broken; `path` names the file.
  func check(path: String) throws(CohortError) {
    guard !cases.isEmpty else { throw CohortError(.noCases, "\(path): lists no cases") }
    for label in labels where !(1...255).contains(label.value) || label.name.isEmpty {
      throw Self.invalid(path, "label \"\(label.name)\" has the value \(label.value), expected a name and 1 to 255")
    }
    guard Set(labels.map(\.value)).count == labels.count, Set(labels.map(\.name)).count == labels.count else {
      throw Self.invalid(path, "two labels share a name or a value")
    }
    var ids: Set<String> = []
    for entry in cases {
      guard !entry.id.isEmpty, ids.insert(entry.id).inserted else {
        throw Self.invalid(path, "the id \"\(entry.id)\" is empty or stands there twice")
      }
    }
    for entry in cases { try check(entry, ids: ids, path: path) }
  }

  private func check(_ entry: CohortCase, ids: Set<String>, path: String) throws(CohortError) {
    let isFold = entry.set == .fold
    guard isFold == (entry.fold != nil), (1...Folds.count).contains(entry.fold ?? 1) else {
      let found = entry.fold.map(String.init) ?? "none"
      throw Self.invalid(
        path,
        "\(entry.id) of set \"\(entry.set.rawValue)\" has fold \(found), expected "
          + (isFold ? "1 to \(Folds.count)" : "none"))
    }
    guard (entry.corruption == nil) == (entry.original == nil), entry.original.map(ids.contains) ?? true else {
      throw Self.invalid(path, "\(entry.id): a corrupted case needs \"corruption\" and the id of its \"original\"")
    }
    for file in [entry.image, entry.labels] {
      // Who reads a cohort from somebody else reads that folder, nothing beside it.
      guard !file.isEmpty, !file.hasPrefix("/"), !file.split(separator: "/").contains("..") else {
        throw Self.invalid(path, "\(entry.id): \"\(file)\" is not a path inside the cohort's folder")
      }
    }
  }

  private static func invalid(_ path: String, _ sentence: String) -> CohortError {
    CohortError(.invalidDescription, "\(path): \(sentence); make the cohort again or mend the file")
  }
}
