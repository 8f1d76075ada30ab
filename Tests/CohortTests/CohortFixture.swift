import Cohort
import Foundation

/// A cohort's folder with empty files, removed with its owner.
final class CohortFixture {
  let path = NSTemporaryDirectory() + "/islet-cohort-" + UUID().uuidString

  /// Makes the cases' folders with both files.
  init(_ ids: [String]) throws {
    for id in ids {
      try FileManager.default.createDirectory(atPath: "\(path)/\(id)", withIntermediateDirectories: true)
      try write("", "\(id)/ct.nii.gz")
      try write("", "\(id)/labels.nii.gz")
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a text into the folder.
  func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
  }

  /// Writes a description as cohort.json.
  func write(_ description: CohortDescription) throws {
    try JSONEncoder().encode(description).write(to: URL(fileURLWithPath: "\(path)/cohort.json"))
  }

  /// Two cases: one of fold 1 and one of the test set.
  static let small = CohortDescription(
    name: "small", data: "synthetic", difficulty: 1, labels: [.init(name: "pancreas", value: 1)],
    cases: [
      CohortCase(id: "case-001", set: .fold, fold: 1, source: "parametric", seed: 7),
      CohortCase(id: "test-001", set: .test, source: "atlas", seed: 8),
    ])
}
