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
      description = try CohortDescription(readingFrom: file)
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
