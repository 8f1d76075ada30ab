import ArgumentParser
import Cohort
import Evaluation
import Foundation

/// `islet evaluate`: the paper's Table 1 on a cohort with labels.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure a bundle on a cohort: the paper's Table 1. Research use only, not for diagnosis.",
    discussion: """
      Example: islet evaluate cohort --bundle 'weights/fold-{fold}.islet' --output result
      COHORT is a folder with cohort.json, or with a sub-folder a case that holds ct.nii.gz and labels.nii.gz. Writes \
      index.html, evaluation.json, cases.csv and cases/ID.json; cases that were measured already under the same \
      conditions are taken from there, so a run that was stopped goes on. docs/evaluation.md explains every figure.
      Exit codes: 0 done; 2 usage; 3 input; 4 bundle; 5 resources; 7 plugin failed; 130 cancelled.
      """)

  /// Which cases of the cohort are taken.
  enum Selection: String, CaseIterable, ExpressibleByArgument {
    case fold, calibration, test, training, all
  }

  @Argument(help: "Folder of the cohort.")
  var cohort: String

  @Option(
    help: "Weight bundle; \"{fold}\" in its path stands for the case's fold. Given again: compared with the first.")
  var bundle: [String]

  @Option(help: "Folder for the results; made when missing.")
  var output = "evaluation"

  @Option(help: "Cases to take; default: fold when a bundle has {fold}, else all but those of the training set.")
  var set: Selection?

  @Option(help: "Only these cases: their ids, comma separated.")
  var only: String?

  @Option(help: "The organ in the labels: a name of cohort.json or a value; default: the bundle's organ by name.")
  var label: String?

  @Option(help: "Tolerance of the surface DSC, mm.")
  var tolerance = 2.0

  @Option(help: "Worker threads; default: one per core. The result does not depend on it.")
  var threads: Int?

  @Option(help: "The plugin's shared library; default: the installed one.")
  var plugin: String?

  @OptionGroup var trust: TrustOptions

  @Flag(help: "Leave out the oracle box, a run of one round a case.")
  var noOracle = false

  @Flag(help: "Only the run with the bundle's own settings, half the time: all that a calibration needs.")
  var ownSettings = false

  @Flag(help: "No progress, no tables.")
  var quiet = false

  func validate() throws {
    if let threads, !(1...256).contains(threads) { throw ValidationError("--threads \(threads): expected 1 to 256") }
    guard tolerance > 0, tolerance <= 100 else {
      throw ValidationError("--tolerance \(tolerance): expected 0 to 100 mm")
    }
    guard !bundle.isEmpty else { throw ValidationError("--bundle FILE is missing") }
  }

  func run() throws {
    Cancellation.listen()
    let bundles = try EvaluatedBundle.all(bundle)
    let folder: CohortFolder
    do throws(CohortError) { folder = try CohortFolder(path: cohort) } catch { throw CommandFailure(error) }
    let cases = try chosenCases(of: folder.description, perFold: bundles.contains(where: \.isPerFold))
    let run = try EvaluationRun(
      cohort: folder, cases: cases, bundles: bundles, output: URL(fileURLWithPath: output),
      options: EvaluationRun.Options(
        label: label, plugin: plugin ?? InstalledFiles.plugin, trust: try trust.hostTrust(), threads: threads,
        tolerance: tolerance,
        runs: ownSettings ? .ownSettings : noOracle ? .withoutOracle : .all, isQuiet: quiet))
    let records = try run.measure()
    let evaluation = Evaluation(
      cohort: .init(
        name: folder.description.name, data: folder.description.data, difficulty: folder.description.difficulty,
        selection: selection),
      records: records)
    try run.write(evaluation)
    guard !quiet else { return }
    for run in evaluation.runs {
      print("\(run.name) on \(evaluation.cohort.name) (\(evaluation.cohort.data)), \(run.organ)\n")
      for table in run.tables where !table.isOfOneFold { print(TextTable.text(table) + "\n") }
      if run.tables.contains(where: \.isOfOneFold) { print(TextTable.overview(run.tables) + "\n") }
    }
    let mainGroup = evaluation.runs.first?.tables.first?.group
    for comparison in evaluation.comparisons where comparison.group == mainGroup {
      print(TextTable.text(comparison) + "\n")
    }
    printError("\(output)/index.html: the page of this evaluation (research use only, not for diagnosis)")
  }
}

extension EvaluateCommand {
  /// The selection in words, for the page.
  private var selection: String {
    [set.map { "set \($0.rawValue)" }, only.map { "only \($0)" }].compactMap(\.self).joined(separator: ", ")
  }

  /// The cases that the options choose, in the cohort's order.
  private func chosenCases(of description: CohortDescription, perFold: Bool) throws(CommandFailure) -> [CohortCase] {
    let wanted = only.map { $0.split(separator: ",").map(String.init) }
    for id in wanted ?? [] where !description.cases.contains(where: { $0.id == id }) {
      throw CommandFailure(
        exitCode: .usage, sentence: "--only \(id): \(cohort) has no such case; it has \(Self.some(description.cases))")
    }
    let chosen = description.cases.filter { entry in
      if let wanted, !wanted.contains(entry.id) { return false }
      switch set {
      case .all: return true
      case .some(let set): return entry.set.rawValue == set.rawValue
      // Named cases are wanted whatever their set.
      case nil: return wanted != nil || (perFold ? entry.set == .fold : entry.set != .training)
      }
    }
    guard !chosen.isEmpty else {
      let sets = Set(description.cases.map(\.set.rawValue)).sorted().joined(separator: ", ")
      throw CommandFailure(
        exitCode: .usage, sentence: "\(cohort): no case is chosen; the cohort has cases of the sets \(sets)")
    }
    return chosen
  }

  private static func some(_ cases: [CohortCase]) -> String {
    cases.prefix(5).map(\.id).joined(separator: ", ") + (cases.count > 5 ? ", ..." : "")
  }
}
