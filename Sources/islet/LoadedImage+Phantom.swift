import Cohort
import Foundation
import ImageFiles
import Phantom

extension LoadedImage {
  /// What stands before the seed where a command line means a phantom and no file.
  private static let prefix = "phantom:"

  /// The parametric phantom of "phantom:SEED", made in memory; nil for an input that is a path.
  init?(phantom input: String) throws(CommandFailure) {
    guard input.hasPrefix(Self.prefix) else { return nil }
    guard let seed = UInt64(input.dropFirst(Self.prefix.count)) else {
      throw CommandFailure(
        exitCode: .input,
        sentence: "\(input): expected a whole number after \"\(Self.prefix)\", such as \(Self.prefix)7; "
          + "a file of that name is read as ./\(input)")
    }
    let made = try SyntheticSource.parametric.render(
      seed: seed, difficulty: CohortPlan.difficulty, grid: SyntheticGrid(),
      threads: ProcessInfo.processInfo.activeProcessorCount)
    self.init(
      volume: made.volume, format: .synthetic, source: "parametric phantom, seed \(seed)",
      notes: ["Synthetic CT: no patient was scanned."])
  }
}
