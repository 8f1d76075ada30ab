import ArgumentParser
import Cohort
import Foundation
import Phantom
import Volumes

/// `islet phantom`: synthetic abdominal CT with its truth, one case or a stream of them.
struct PhantomCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "phantom",
    abstract: "Make synthetic abdominal CT with labels from a seed. Research use only, not for diagnosis.",
    discussion: """
      Example: islet phantom --seed 7 --output phantom-7
      Writes ct.nii.gz, labels.nii.gz and phantom.json. With --count K: seeds N to N+K-1, each in a folder of its own, \
      and cohort.json; cases that are there and whole are skipped. The same seed gives the same voxels everywhere.
      """)

  @Option(help: "Start of the random numbers.")
  var seed: UInt64

  @Option(help: "Folder for the case or the cases; made when missing.")
  var output: String

  @Option(help: "Voxels along x, y and z, such as 512x512x240. Default: the field of view of the seed or the atlas.")
  var size: String?

  @Option(help: "How many cases, from seeds that follow each other.")
  var count = 1

  @OptionGroup var options: SyntheticOptions

  func validate() throws {
    if let size, SyntheticGrid.size(size) == nil {
      throw ValidationError("--size \(size): expected three counts such as 512x512x240, at most 2^28 voxels in all")
    }
    guard (1...100_000).contains(count) else { throw ValidationError("--count \(count): expected 1 to 100000") }
    let (end, overflow) = seed.addingReportingOverflow(UInt64(count))
    guard !overflow else { throw ValidationError("--seed \(seed): \(count) seeds from there pass 2^64") }
    guard count == 1 || !CohortPlan.reservedSeeds.overlaps(seed..<end) else {
      throw ValidationError(
        "--seed \(seed) --count \(count): seeds \(CohortPlan.reservedSeeds.lowerBound) to "
          + "\(CohortPlan.reservedSeeds.upperBound - 1) belong to `islet cohort`; a stream for training needs others")
    }
  }

  func run() throws {
    Cancellation.listen()
    var source = SyntheticSource.parametric
    if let labels = options.atlas, let table = options.atlasTable {
      source = try SyntheticSource.atlas(labels: labels, table: table)
    }
    let grid = SyntheticGrid(
      size: size.flatMap(SyntheticGrid.size), spacing: options.spacing.flatMap(SyntheticGrid.spacing))
    let difficulty = options.difficulty
    if count == 1 {
      try makeOne(source, grid: grid, difficulty: difficulty)
    } else {
      try makeStream(source, grid: grid, difficulty: difficulty)
    }
  }

  private func makeOne(_ source: SyntheticSource, grid: SyntheticGrid, difficulty: Double) throws {
    let made = try source.render(seed: seed, difficulty: difficulty, grid: grid, threads: options.threadCount)
    try SyntheticCaseFolder(path: output).write(made)
    guard !options.quiet else { return }
    let (extent, spacing) = (made.volume.size, made.volume.geometry.spacing)
    let pancreas = made.labels.labels.count { $0 == PhantomLabel.pancreas.rawValue }
    let volume = String(format: "%.1f", Double(pancreas) * made.volume.geometry.voxelMillilitres)
    printError(
      "seed \(seed), \(source.name): \(extent.x) x \(extent.y) x \(extent.z) voxels of "
        + "\(spacing.x) x \(spacing.y) x \(spacing.z) mm, pancreas \(volume) mL; synthetic CT in \(output) "
        + "(research use only, not for diagnosis)")
  }

  private func makeStream(_ source: SyntheticSource, grid: SyntheticGrid, difficulty: Double) throws {
    let batch = SyntheticBatch(
      folder: output, difficulty: difficulty, grid: grid, threads: options.threadCount,
      printer: ProgressPrinter(quiet: options.quiet))
    let name = "Islet synthetic stream"
    try batch.existing(name: name)
    let jobs = (seed..<seed + UInt64(count)).map { seed in
      let digits = String(seed)
      let number = String(repeating: "0", count: max(0, 5 - digits.count)) + digits
      return SyntheticBatch.Job(
        source: source, original: CohortCase(id: "case-\(number)", set: .training, source: source.name, seed: seed))
    }
    try batch.describe(try batch.run(jobs), name: name)
    guard !options.quiet else { return }
    printError("\(count) cases, synthetic CT, in \(output) (research use only, not for diagnosis)")
  }
}
