public import Foundation

extension CohortDescription {
  /// Reads a description and holds it against its rules; the cases' files need not be there.
  public init(readingFrom file: String) throws(CohortError) {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    } catch {
      throw CohortError(.unreadable, "\(file): cannot be read: \(error.localizedDescription)")
    }
    /// The schema alone, so that a later one is named as such and not as damaged JSON.
    struct Schema: Decodable { let schema: String }
    do {
      let schema = try JSONDecoder().decode(Schema.self, from: bytes).schema
      guard schema == Self.schema else {
        throw CohortError(
          .unsupportedSchema, "\(file): schema is \"\(schema)\", expected \"\(Self.schema)\"; a newer islet may read it"
        )
      }
      self = try JSONDecoder().decode(Self.self, from: bytes)
    } catch let error as CohortError {
      throw error
    } catch {
      throw CohortError(.invalidDescription, "\(file): is not a cohort's description: \(Self.sentence(error))")
    }
    try check(path: file)
  }

  /// What a decoder found, with the place in the JSON.
  private static func sentence(_ error: any Error) -> String {
    func place(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
      let keys = context.codingPath + (last.map { [$0] } ?? [])
      let path = keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
      return path.isEmpty ? "at the top" : path
    }
    return switch error as? DecodingError {
    case .keyNotFound(let key, let context): "\(place(context, key)) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context): "\(place(context)): wrong type"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty: "\(place(context)): \(context.debugDescription)"
    default: "it is not JSON"
    }
  }

  /// As cohort.json, one line for each case: the same description gives the same bytes, and a change shows as its line.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    func text(_ value: some Encodable) throws -> String { String(decoding: try encoder.encode(value), as: UTF8.self) }
    let lines = try [
      "\"schema\": \(text(schema))", "\"name\": \(text(name))", "\"data\": \(text(data))",
      "\"research_use\": \(text(Self.researchUse))", difficulty.map { "\"difficulty\": \(try text($0))" },
      "\"labels\": \(text(labels))",
      "\"cases\": [\n    \(cases.map { try text($0) }.joined(separator: ",\n    "))\n  ]",
    ]
    return Data("{\n  \(lines.compactMap { $0 }.joined(separator: ",\n  "))\n}\n".utf8)
  }

  /// The sentence that stands in every output.
  static let researchUse = "Research use only, not for diagnosis."
}

extension CohortDescription {
  /// This description with further cases; one that has the id of an older one takes its place.
  ///
  /// In the order of the seeds, originals before their variants, so that the order in which cases were made leaves no
  /// trace.
  public func adding(_ added: [CohortCase]) -> CohortDescription {
    let ids = Set(added.map(\.id))
    var description = self
    description.cases = (cases.filter { !ids.contains($0.id) } + added).sorted {
      ($0.seed ?? 0, $0.corruption ?? "", $0.id) < ($1.seed ?? 0, $1.corruption ?? "", $1.id)
    }
    return description
  }
}
