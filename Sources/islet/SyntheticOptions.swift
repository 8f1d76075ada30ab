import ArgumentParser
import Cohort
import Foundation
import Phantom
import Volumes

/// The options that every command that makes synthetic cases shares.
struct SyntheticOptions: ParsableArguments {
  @Option(help: "Label map (NIfTI) of one anatomy to make cases from.")
  var atlas: String?

  @Option(help: "JSON table that says what the atlas' label values are.")
  var atlasTable: String?

  @Option(help: "Voxel spacing in mm: one number, or three such as 0.8,0.8,1. Default: 3.")
  var spacing: String?

  @Option(help: "How hard the cases are, 0 easy to 4.")
  var difficulty = CohortPlan.difficulty

  @Option(help: "Threads; default: one per core. The result does not depend on it.")
  var threads: Int?

  @Flag(help: "No progress, no closing line.")
  var quiet = false

  func validate() throws {
    guard (atlas == nil) == (atlasTable == nil) else {
      throw ValidationError("--atlas and --atlas-table belong together: a label map and the table of its values")
    }
    if let spacing, SyntheticGrid.spacing(spacing) == nil {
      throw ValidationError("--spacing \(spacing): expected one or three distances of 0.1 to 50 mm, such as 0.8,0.8,1")
    }
    if !(0...4).contains(difficulty) {
      throw ValidationError("--difficulty \(difficulty): expected 0 to 4")
    }
    if let threads, !(1...256).contains(threads) { throw ValidationError("--threads \(threads): expected 1 to 256") }
  }

  /// Threads to use.
  var threadCount: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }
}
