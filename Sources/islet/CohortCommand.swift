import ArgumentParser
import Cohort
import Foundation
import Phantom
import Volumes

/// `islet cohort`: the synthetic cohort that figures are made on.
struct CohortCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cohort",
    abstract: "Make Islet's synthetic cohort: 82 cases in four folds, 24 to calibrate, 24 to test, and corrupted "
      + "variants. Research use only, not for diagnosis.",
    discussion: """
      Example: islet cohort --output cohort
      Cases that are there and whole are skipped, so a call that was cancelled goes on. Everything follows from fixed \
      seeds: --check compares a folder with the list of hashes that is kept in git.
      """)

  /// The sets that --only may name.
  enum Part: String, CaseIterable, ExpressibleByArgument {
    case fold, calibration, test

    var set: CohortCase.Purpose {
      switch self {
      case .fold: .fold
      case .calibration: .calibration
      case .test: .test
      }
    }
  }

  @Option(help: "Folder of the cohort; made when missing.")
  var output: String

  @Option(help: "Make or check one set alone: fold, calibration or test; may be given more than once.")
  var only: [Part] = []

  @Option(help: "Make or check only the first N originals of each set, with their variants.")
  var first: Int?

  @Option(help: "Write the list of seeds and hashes to this file.")
  var recordHashes: String?

  @Option(help: "Compare the folder with this list of hashes; makes nothing.")
  var check: String?

  @OptionGroup var options: SyntheticOptions

  func validate() throws {
    if let first, first < 1 { throw ValidationError("--first \(first): expected 1 or more") }
    guard check == nil || recordHashes == nil else {
      throw ValidationError("--check and --record-hashes exclude each other: one reads a list, the other writes it")
    }
  }

  func run() throws {
    Cancellation.listen()
    if let check { return try compare(with: check) }
    let spacing = options.spacing.flatMap(SyntheticGrid.spacing) ?? SIMD3(repeating: CohortPlan.spacing)
    let batch = SyntheticBatch(
      folder: output, difficulty: options.difficulty, grid: SyntheticGrid(spacing: spacing),
      threads: options.threadCount, printer: ProgressPrinter(quiet: options.quiet))
    try batch.existing(name: CohortPlan.name)
    let atlas = try SyntheticSource.atlas(
      labels: options.atlas ?? InstalledFiles.atlasLabels, table: options.atlasTable ?? InstalledFiles.atlasTable)
    let jobs = originals.map { original in
      SyntheticBatch.Job(
        source: original.source == atlas.name ? atlas : .parametric, original: original,
        variants: CohortPlan.variants(of: original, corruptions: Corruption.allCases.map(\.rawValue)))
    }
    let cases = try batch.run(jobs)
    let description = try batch.describe(cases, name: CohortPlan.name)
    if let recordHashes { try write(description, to: recordHashes) }
    guard !options.quiet else { return }
    printError("\(cases.count) cases, synthetic CT, in \(output) (research use only, not for diagnosis)")
  }

  /// The originals that the options ask for.
  private var originals: [CohortCase] {
    Part.allCases.filter { only.isEmpty || only.contains($0) }.flatMap { part in
      CohortPlan.originals(of: part.set).prefix(first ?? .max)
    }
  }
}

extension CohortCommand {
  /// The list in git is the cohort's description itself.
  private func write(_ description: CohortDescription, to path: String) throws {
    let file = URL(fileURLWithPath: path)
    let output = try OutputFolder(path: file.deletingLastPathComponent().path)
    try output.write(try description.json(), as: file.lastPathComponent)
    try output.commit()
  }

  /// Holds the folder's voxels and labels against a list.
  private func compare(with path: String) throws {
    let list: CohortDescription
    do throws(CohortError) { list = try CohortDescription(readingFrom: path) } catch { throw CommandFailure(error) }
    let wanted = Set(originals.map(\.id))
    let cases = list.cases.filter { wanted.contains($0.original ?? $0.id) }
    let results = SyntheticBatch.compare(
      cases, in: output, threads: options.threadCount, printer: ProgressPrinter(quiet: options.quiet))
    guard !Cancellation.isRequested else { throw CommandFailure(exitCode: .cancelled, sentence: "cancelled") }
    for difference in results { print(difference) }
    guard results.isEmpty, !cases.isEmpty else {
      throw CommandFailure(
        exitCode: .input,
        sentence: "\(output): \(results.count) of \(cases.count) cases differ from \(path); "
          + "remove them and run `islet cohort --output \(output)` again")
    }
    if !options.quiet { printError("\(output): all \(cases.count) cases are those of \(path)") }
  }
}
