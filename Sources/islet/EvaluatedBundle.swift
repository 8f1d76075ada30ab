import Cohort
import Evaluation
import Foundation
import ModelBundle

/// A bundle to evaluate, or one for each fold: a path with "{fold}" in it.
struct EvaluatedBundle {
  private static let placeholder = "{fold}"

  /// What the command line said.
  let pattern: String
  /// A short name, different for every bundle of one evaluation.
  let name: String

  /// Names the bundles after their files, with the folder before it where two files have one name.
  static func all(_ patterns: [String]) throws(CommandFailure) -> [EvaluatedBundle] {
    guard Set(patterns).count == patterns.count else {
      throw CommandFailure(exitCode: .usage, sentence: "--bundle names one file twice")
    }
    let urls = patterns.map { URL(fileURLWithPath: $0).deletingPathExtension().standardizedFileURL }
    for depth in 1...8 {
      let names = urls.map { $0.pathComponents.suffix(depth).joined(separator: "-") }
      if Set(names).count == names.count {
        return zip(patterns, names).map { EvaluatedBundle(pattern: $0, name: $1) }
      }
    }
    throw CommandFailure(exitCode: .usage, sentence: "--bundle: the files' names cannot be told apart; rename one")
  }

  /// Whether each fold has a bundle of its own.
  var isPerFold: Bool { pattern.contains(Self.placeholder) }

  /// The file for a case.
  func path(for entry: CohortCase) throws(CommandFailure) -> String {
    guard isPerFold else { return pattern }
    guard let fold = entry.fold else {
      throw CommandFailure(
        exitCode: .usage,
        sentence: "--bundle \(pattern): \(entry.id) belongs to no fold; choose cases with --set fold")
    }
    return pattern.replacingOccurrences(of: Self.placeholder, with: "\(fold)")
  }

  /// The bundle's identity and what it says of itself.
  static func open(_ path: String) throws(CommandFailure) -> (sha256: String, manifest: Manifest) {
    do throws(BundleError) {
      let reader = try BundleReader(path: path)
      return (reader.sha256, reader.manifest)
    } catch {
      throw CommandFailure(error)
    }
  }
}

/// Which label of the truth is compared with which label of a bundle.
struct EvaluatedLabel {
  /// The organ's name.
  let organ: String
  /// Its value in the cohort's labels.
  let truth: Int
  /// Its value in the bundle; nil for the first.
  let bundle: Int?

  /// Finds the label that `wanted` (a name or a value; nil: the bundle's organ) means in a cohort and in a bundle.
  init(_ wanted: String?, cohort: CohortDescription, manifest: Manifest) throws(CommandFailure) {
    let first = manifest.labels.first?.name ?? ""
    if let wanted, let value = Int(wanted) {
      guard (1...255).contains(value) else {
        throw CommandFailure(exitCode: .usage, sentence: "--label \(value): expected a value of 1 to 255, or a name")
      }
      (organ, truth, bundle) = (first, value, nil)
      return
    }
    let name = wanted ?? first
    guard let value = cohort.labelValue(named: name) else {
      let known = cohort.labels.isEmpty ? "names no labels" : "has \(cohort.labels.map(\.name).joined(separator: ", "))"
      throw CommandFailure(
        exitCode: .usage,
        sentence: "the cohort has no label \"\(name)\" (it \(known)); say which value the organ has with --label VALUE")
    }
    (organ, truth, bundle) = (name, value, try manifest.labelValue(of: name))
  }
}
