import Cohort
import Foundation
import ImageFiles
import Phantom
import Volumes

/// A synthetic case on disk: ct.nii.gz, labels.nii.gz and, written last, phantom.json.
struct SyntheticCaseFolder {
  private static let recordName = "phantom.json"

  let path: String

  /// The part of phantom.json that tells whether a case is the wanted one.
  private struct Record: Decodable {
    struct Choices: Decodable {
      let difficulty: Double
      let corruption: String?
    }
    let source: String
    let seed: UInt64
    let spacing_mm: [Double]
    let choices: Choices
  }

  /// Writes the three files; they appear all together.
  func write(_ made: SyntheticCase) throws {
    let folder = try OutputFolder(path: path)
    do throws(ImageError) {
      try NIfTI.write(volume: made.volume, to: folder.path(for: CohortFolder.imageName))
      try NIfTI.write(
        labels: made.labels, geometry: made.volume.geometry, to: folder.path(for: CohortFolder.labelsName))
    } catch {
      throw CommandFailure(error)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try folder.write(try encoder.encode(made.record) + Data("\n".utf8), as: Self.recordName)
    try folder.commit()
  }

  /// The hashes of the case that is there, nil when it is not whole.
  ///
  /// Cost: reads both images. Throws when a whole case is there that was made with other options.
  func hashes(
    of wanted: CohortCase, difficulty: Double, grid: SyntheticGrid
  ) throws(CommandFailure) -> CohortCase.Hashes? {
    let file = URL(fileURLWithPath: path).appendingPathComponent(Self.recordName)
    guard let bytes = try? Data(contentsOf: file) else { return nil }
    let record = try? JSONDecoder().decode(Record.self, from: bytes)
    let spacing = grid.spacing.map { [$0.x, $0.y, $0.z] } ?? record?.spacing_mm
    guard let record, record.source == wanted.source, record.seed == wanted.seed, record.spacing_mm == spacing,
      record.choices.difficulty == difficulty, record.choices.corruption == wanted.corruption
    else {
      throw CommandFailure(
        exitCode: .usage,
        sentence: "\(path): holds a case that was made from other options (source, seed, spacing or difficulty); "
          + "choose another --output or remove it")
    }
    return hashes
  }

  /// The hashes of the images that are there, nil when one is missing or damaged.
  var hashes: CohortCase.Hashes? {
    let folder = URL(fileURLWithPath: path)
    guard let image = try? NIfTI.read(folder.appendingPathComponent(CohortFolder.imageName).path),
      let labels = try? NIfTI.readLabels(folder.appendingPathComponent(CohortFolder.labelsName).path).labels
    else { return nil }
    return CohortCase.Hashes(volume: image.volume, labels: labels)
  }
}
