import Foundation

/// A folder of labelled CTs, with cohort.json or without.
///
/// Without it every sub-folder that holds ct.nii.gz and labels.nii.gz is a case of the four folds, in the order of the
/// numbers in the names, as the paper sorts its cases.
public struct CohortFolder: Sendable {
  /// The description's file name.
  public static let descriptionName = "cohort.json"
  /// The CT's file name in a case's folder.
  public static let imageName = "ct.nii.gz"
  /// The labels' file name in a case's folder.
  public static let labelsName = "labels.nii.gz"

  /// The folder, as the caller named it.
  public let path: String
  /// What is in it.
  public let description: CohortDescription

  /// Reads the description, or makes one from the sub-folders, and sees that every file is there.
  ///
  /// Cost: one look at each file's name; no image is read. Throws every code of `CohortError`.
  public init(path: String) throws(CohortError) {
    self.path = path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      throw CohortError(.notFound, "\(path): no such folder; expected a folder of cases, with cohort.json or without")
    }
    let file = Self.join(path, Self.descriptionName)
    if FileManager.default.fileExists(atPath: file) {
      description = try Self.read(file)
      for entry in description.cases {
        for name in [entry.image, entry.labels] where !FileManager.default.fileExists(atPath: Self.join(path, name)) {
          throw CohortError(
            .missingFile, "\(file): \(name) of \(entry.id) is not there; make the cohort again or copy it whole")
        }
      }
    } else {
      description = try Self.describe(path)
    }
  }

  /// The CT of a case.
  public func imagePath(_ entry: CohortCase) -> String { Self.join(path, entry.image) }

  /// The labels of a case.
  public func labelsPath(_ entry: CohortCase) -> String { Self.join(path, entry.labels) }

  private static func join(_ folder: String, _ name: String) -> String {
    URL(fileURLWithPath: folder).appendingPathComponent(name).path
  }

  private static func read(_ file: String) throws(CohortError) -> CohortDescription {
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(fileURLWithPath: file))
    } catch {
      throw CohortError(.unreadable, "\(file): cannot be read: \(error.localizedDescription)")
    }
    /// The schema alone, so that a later one is named as such and not as damaged JSON.
    struct Schema: Decodable { let schema: String }
    let description: CohortDescription
    do {
      let schema = try JSONDecoder().decode(Schema.self, from: bytes).schema
      guard schema == CohortDescription.schema else {
        throw CohortError(
          .unsupportedSchema,
          "\(file): schema is \"\(schema)\", expected \"\(CohortDescription.schema)\"; a newer islet may read it")
      }
      description = try JSONDecoder().decode(CohortDescription.self, from: bytes)
    } catch let error as CohortError {
      throw error
    } catch {
      throw CohortError(.invalidDescription, "\(file): is not a cohort's description: \(sentence(error))")
    }
    try description.check(path: file)
    return description
  }

  /// What a decoder found, with the place in the JSON.
  private static func sentence(_ error: any Error) -> String {
    func place(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
      let keys = context.codingPath + (last.map { [$0] } ?? [])
      return keys.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
    return switch error as? DecodingError {
    case .keyNotFound(let key, let context): "\(place(context, key)) is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context): "\(place(context)): wrong type"
    case .dataCorrupted(let context) where !context.codingPath.isEmpty: "\(place(context)): \(context.debugDescription)"
    default: "it is not JSON"
    }
  }
}

extension CohortFolder {
  /// A description of a folder that has none: every case belongs to a fold, nothing is known of labels' names.
  private static func describe(_ path: String) throws(CohortError) -> CohortDescription {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw CohortError(.unreadable, "\(path): cannot be listed: \(error.localizedDescription)")
    }
    let ids = names.filter { name in
      [imageName, labelsName].allSatisfy { FileManager.default.fileExists(atPath: join(path, "\(name)/\($0)")) }
    }.sorted { CaseName($0) < CaseName($1) }
    guard !ids.isEmpty else {
      throw CohortError(
        .noCases,
        "\(path): has neither \(descriptionName) nor a sub-folder with \(imageName) and \(labelsName); "
          + "`islet cohort --output \(path)` makes a synthetic cohort")
    }
    let cases = ids.enumerated().map { place, id in
      CohortCase(id: id, set: .fold, fold: Folds.fold(ofPlace: place, among: ids.count))
    }
    return CohortDescription(
      name: URL(fileURLWithPath: path).lastPathComponent, data: "unknown", labels: [], cases: cases)
  }

  /// A case's folder, ordered by the last number in its name, then by the name: case-2 stands before case-10.
  private struct CaseName: Comparable {
    let number: Int
    let name: String

    init(_ name: String) {
      self.name = name
      let digits = name.split { !("0"..."9").contains($0) }.last
      number = digits.flatMap { Int($0) } ?? .max
    }

    static func < (one: CaseName, other: CaseName) -> Bool {
      (one.number, one.name) < (other.number, other.name)
    }
  }
}
