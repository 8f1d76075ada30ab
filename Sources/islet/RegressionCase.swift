import Foundation
import HostClient
import ImageFiles
import Volumes

/// One golden case: an input, a bundle, and the result that was recorded for them.
struct RegressionCase {
  /// case.json.
  private struct Description: Decodable {
    let input: String
    let bundle: String
  }

  /// golden.json: what is compared beside the two images.
  struct Golden: Codable, Equatable {
    let end: String
    let rounds: Int
    let voxels: Int
    let volumeMillilitres: Double
    let flags: [String]

    enum CodingKeys: String, CodingKey {
      case end, rounds, voxels, flags
      case volumeMillilitres = "volume_ml"
    }

    init(_ outcome: SegmentationSession.Outcome) {
      end = outcome.trace.end
      rounds = outcome.trace.rounds.count
      voxels = outcome.segmentation.summary.voxels
      volumeMillilitres = outcome.segmentation.summary.volumeMillilitres
      flags = outcome.trace.flags
    }
  }

  /// One run of the case.
  struct Run {
    let outcome: SegmentationSession.Outcome
    let geometry: VolumeGeometry
  }

  /// How a run compares with the golden result. Another CPU may round differently, so a case passes with a DSC of at
  /// least 0.99, probabilities within 0.1 and the volume within 2 %; on one machine both differences are 0.
  struct Comparison {
    let dice: Double
    let largestProbabilityDifference: Double
    let golden: Golden
    let found: Golden

    var passes: Bool {
      dice >= 0.99 && largestProbabilityDifference <= 0.1 && golden.end == found.end && golden.flags == found.flags
        && abs(found.volumeMillilitres - golden.volumeMillilitres) <= 0.02 * golden.volumeMillilitres
    }

    var sentence: String {
      let volumes = String(format: "%.2f mL (golden %.2f)", found.volumeMillilitres, golden.volumeMillilitres)
      let flags = golden.flags == found.flags ? "flags equal" : "flags \(found.flags), golden \(golden.flags)"
      let end = golden.end == found.end ? found.end : "\(found.end), golden \(golden.end)"
      return String(format: "DSC %.6f, largest probability difference %.4f, ", dice, largestProbabilityDifference)
        + "\(volumes), \(end), \(flags)"
    }
  }

  let name: String
  private let folder: URL
  private let description: Description

  /// Every folder below `path` with a case.json, by name.
  static func all(in path: String) throws(CommandFailure) -> [RegressionCase] {
    let root = URL(fileURLWithPath: path)
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
      throw CommandFailure(exitCode: .input, sentence: "\(path): is no folder that can be read")
    }
    var cases: [RegressionCase] = []
    for name in names.sorted() {
      let folder = root.appendingPathComponent(name, isDirectory: true)
      guard let json = try? Data(contentsOf: folder.appendingPathComponent("case.json")) else { continue }
      guard let description = try? JSONDecoder().decode(Description.self, from: json) else {
        throw CommandFailure(
          exitCode: .input, sentence: "\(name)/case.json: expected an object with the texts \"input\" and \"bundle\"")
      }
      cases.append(RegressionCase(name: name, folder: folder, description: description))
    }
    guard !cases.isEmpty else {
      throw CommandFailure(exitCode: .input, sentence: "\(path): no case found, expected folders with a case.json")
    }
    return cases
  }

  /// Segments the case's input with its bundle; in float32, which every processor has, unless a precision is named.
  func run(options: RunOptions) throws(CommandFailure) -> Run {
    var options = options
    if options.precision == .auto { options.precision = .float32 }
    options.bundle = place(of: description.bundle)
    let image = try options.readImage(place(of: description.input))
    let session = try SegmentationSession(options: options, printer: ProgressPrinter(quiet: true))
    return Run(outcome: try session.segment(image.volume), geometry: image.volume.geometry)
  }

  /// Writes the golden result anew.
  func record(_ run: Run) throws {
    let segmentation = run.outcome.segmentation
    do throws(ImageError) {
      try NIfTI.write(labels: segmentation.mask, geometry: run.geometry, to: path("mask.nii.gz"))
      // As bytes 0...255: exact, and a quarter of the size.
      if let bytes = LabelMap(size: run.geometry.size, labels: segmentation.probability) {
        try NIfTI.write(labels: bytes, geometry: run.geometry, to: path("probability-255.nii.gz"))
      }
    } catch {
      throw CommandFailure(error)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try (encoder.encode(Golden(run.outcome)) + Data("\n".utf8)).write(
      to: URL(fileURLWithPath: path("golden.json")), options: .atomic)
  }

  /// Compares a run with the golden result.
  func compare(_ run: Run) throws -> Comparison {
    guard let json = try? Data(contentsOf: URL(fileURLWithPath: path("golden.json"))),
      let golden = try? JSONDecoder().decode(Golden.self, from: json)
    else {
      throw CommandFailure(
        exitCode: .input, sentence: "\(name): golden.json is missing or damaged; run with --record once")
    }
    let recorded: LabelMap
    let probability: LabelMap
    do throws(ImageError) {
      recorded = try NIfTI.readLabels(path("mask.nii.gz")).labels
      probability = try NIfTI.readLabels(path("probability-255.nii.gz")).labels
    } catch {
      throw CommandFailure(error)
    }
    let found = run.outcome.segmentation
    guard let dice = diceCoefficient(recorded, found.mask), probability.labels.count == found.probability.count else {
      throw CommandFailure(exitCode: .input, sentence: "\(name): the golden images have another size than the input")
    }
    let difference = zip(probability.labels, found.probability).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
    return Comparison(
      dice: dice, largestProbabilityDifference: Double(difference) / 255, golden: golden, found: Golden(run.outcome))
  }

  /// A path of case.json: relative to the case's folder, or absolute.
  private func place(of path: String) -> String {
    URL(fileURLWithPath: path, relativeTo: folder).standardizedFileURL.path
  }

  private func path(_ file: String) -> String { folder.appendingPathComponent(file).path }
}
