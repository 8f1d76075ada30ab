import ArgumentParser
import Foundation
import HostClient
import ImageFiles
import Volumes

/// `islet plan`: what a run will take, before it starts.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say what memory a run would take, and what budget would do, without running it.",
    discussion: """
      Example: islet plan ct.nii.gz
      Takes the options of islet segment that change what is computed. Exit codes: 0 it would run; otherwise those of islet \
      segment, 5 where a memory budget cannot be kept.
      """)

  @Argument(help: "A CT as islet segment reads it.")
  var input: String

  @OptionGroup var options: RunOptions

  @OptionGroup var start: RegionOptions

  @Flag(help: "Print the numbers as JSON: threads, bytes, smallest_bytes, work_units.")
  var json = false

  func run() throws {
    let image = try options.readImage(input)
    let geometry = image.volume.geometry
    let region = try start.region(on: geometry, of: input)
    let session = try SegmentationSession(options: options, printer: ProgressPrinter(quiet: true))
    let plan = try session.plan(geometry, from: region)
    if json {
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
      print(String(decoding: try encoder.encode(plan), as: UTF8.self))
      return
    }
    let size = geometry.size
    print(
      """
      \(input): \(size.x) x \(size.y) x \(size.z) voxels, \(plan.threads) \(plan.threads == 1 ? "thread" : "threads")
      memory: at most \(Self.mebibytes(plan.bytes)) MiB
      smallest --memory-budget: \(Self.mebibytes(plan.smallestBytes))MiB, and slower
      work: \(plan.workUnits) million multiplications or what takes as long
      """)
  }

  /// Rounded up: a budget of so many is kept.
  private static func mebibytes(_ bytes: Int) -> Int { (bytes >> 20) + (bytes & (1 << 20 - 1) == 0 ? 0 : 1) }
}
