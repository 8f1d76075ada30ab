import ArgumentParser
import Foundation
import ModelBundle
import Volumes

/// `islet bench volume`: a whole CT of 512 x 512 x 240 with the paper's networks, seconds per stage.
struct BenchVolume: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "volume",
    abstract: "Time every stage of a whole CT, coarse pass and one fine round.",
    discussion: """
      Example: islet bench volume --ct ct.nii.gz --mask labels.nii.gz --mask-value 7 --precision bfloat16 --output bench
      Random weights find no organ, so the boxes of the fine round are those of a mask. Every box is computed: nothing is \
      kept from an earlier round. With --share N only every Nth slice of a pass is computed and its time is multiplied; \
      the result says so. Networks are loaded one after the other, as a small memory budget would.
      Writes volume.json; prints a table.
      """)

  @Option(help: "Bundle whose networks are timed; default: random weights of the paper's topology.")
  var bundle: String?

  @Option(help: "CT; it is resampled to the matrix first.")
  var ct: String

  @Option(help: "Labels on the CT's grid.")
  var mask: String

  @Option(help: "Value of the organ in the labels.")
  var maskValue: Int16

  @Option(help: "Matrix, columns x rows x slices.")
  var size = "512x512x240"

  @Option(help: "float32, bfloat16 or int8.")
  var precision = "bfloat16"

  @Option(help: "exact, or fast: the coarse pass takes every third slice.")
  var quality = "exact"

  @Option(help: "Fine rounds in the total; the paper's runs took 2.89 on average.")
  var rounds = 3

  @Option(help: "Compute every Nth slice of a pass and extrapolate; 1 computes all.")
  var share = 1

  @Option(help: "Threads.")
  var threads = 2

  @Option(help: "Folder for volume.json.")
  var output: String

  @Option(help: "The helper process; default: the installed one.")
  var engine: String?

  func validate() throws {
    guard (1...100).contains(share) else { throw ValidationError("--share \(share): expected 1 to 100") }
    guard (0...100).contains(rounds) else { throw ValidationError("--rounds \(rounds): expected 0 to 100") }
    guard (1...256).contains(threads) else { throw ValidationError("--threads \(threads): expected 1 to 256") }
    guard ["exact", "fast"].contains(quality) else { throw ValidationError("--quality \(quality): exact or fast") }
    guard matrix != nil else { throw ValidationError("--size \(size): expected such as 512x512x240") }
  }

  private var matrix: VolumeSize? {
    let sides = size.split(separator: "x").compactMap { Int($0) }
    return sides.count == 3 ? VolumeSize(x: sides[0], y: sides[1], z: sides[2]) : nil
  }

  func run() throws {
    Cancellation.listen()
    guard let matrix else { return }
    let results = try OutputFolder(path: output)
    let scratch = try BenchScratch()
    defer { scratch.remove() }
    let path = try bundle ?? scratch.synthesize(topology: nil)
    let image = try BenchVolumeImage(path: ct, size: matrix)
    let organ = try image.mask(path: mask, value: maskValue)
    try image.volume.voxels.withUnsafeBytes { try Data($0).write(to: URL(fileURLWithPath: scratch.file("voxels"))) }
    try Data(organ.labels).write(to: URL(fileURLWithPath: scratch.file("mask")))
    let helper = try LineProcess(
      name: "islet-engine", executable: engine ?? InstalledFiles.engineProcess,
      arguments: ["volume", path, precision, scratch.file("voxels"), scratch.file("mask"), size, "\(threads)"])
    var stages: [VolumeReport.Stage] = []
    for stage in ["coarse", "fine"] {
      for view in ["coronal", "sagittal", "axial"] {
        if Cancellation.isRequested { throw CommandFailure(exitCode: .cancelled, sentence: "cancelled") }
        let step = stage == "coarse" && quality == "fast" ? 3 : 1
        stages.append(try VolumeReport.Stage(stage, view, answer: helper.ask("pass \(stage) \(view) \(step) \(share)")))
      }
    }
    let report = VolumeReport(
      image: image.source, mask: "\(mask.split(separator: "/").last ?? "") value \(maskValue)",
      bundle: bundle.map { String($0.split(separator: "/").last ?? "") } ?? "the paper's topology, random weights",
      precision: precision, quality: quality, share: share, rounds: rounds, threads: threads,
      processor: processorName(), volumeBytes: 2 * matrix.voxelCount, peakBytes: helper.peakBytes, stages: stages)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try results.write(try encoder.encode(report), as: "volume.json")
    try results.commit(sparing: [ct])
    print(report.table)
  }
}
