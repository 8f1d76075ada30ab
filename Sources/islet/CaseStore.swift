import Evaluation
import Foundation
import HostClient
import ImageFiles
import Pictures
import Volumes

/// Where the cases of one bundle's evaluation are kept: OUTPUT/cases/ID.json and its three overlays.
struct CaseStore {
  /// The three pictures of a case.
  static let views: [View] = [.axial, .coronal, .sagittal]

  private let folder: URL

  /// Makes the folder when it is missing.
  init(folder: URL) throws(CommandFailure) {
    self.folder = folder
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw CommandFailure(
        exitCode: .resources, sentence: "\(folder.path): the folder cannot be made: \(error.localizedDescription)")
    }
  }

  /// The record of a case, if it is whole and was made under these conditions.
  func record(
    _ id: String, made conditions: CaseEvaluation.Conditions, of runs: CaseMeasurement.Runs
  ) -> CaseEvaluation? {
    guard let bytes = try? Data(contentsOf: file(id, ".json")),
      let record = try? JSONDecoder().decode(CaseEvaluation.self, from: bytes),
      record.schema == CaseEvaluation.schema, record.subject.id == id, record.conditions == conditions,
      runs != .all || record.oracle != nil || record.truthVoxels == 0,
      runs == .ownSettings || record.trajectory.isWhole
    else { return nil }
    return record
  }

  /// Writes pictures first and the record last: a record that is there is whole.
  func write(
    _ record: CaseEvaluation, trace: String, volume: Volume, truth: LabelMap, mask: LabelMap
  ) throws(CommandFailure) {
    let id = record.subject.id
    for (view, jpeg) in try Self.overlays(volume, truth: truth, mask: mask, id: id) {
      try write(jpeg, to: picture(id, view))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
    guard let json = try? encoder.encode(record), json.last == UInt8(ascii: "}") else {
      throw CommandFailure(exitCode: .plugin, sentence: "\(id): the record cannot be written as JSON")
    }
    // The trace goes in as it came: who calibrates reads what the plugin wrote, not what this reader understood.
    let text = json.dropLast() + Data(",\n  \"trace\" : \(trace)\n}\n".utf8)
    try write(Array(text), to: file(id, ".json").path)
  }

  private static func overlays(
    _ volume: Volume, truth: LabelMap, mask: LabelMap, id: String
  ) throws(CommandFailure) -> [(View, [UInt8])] {
    var drawn: [(View, [UInt8])] = []
    do throws(PictureError) {
      let renderer = try OverlayRenderer(volume: volume, mask: mask, reference: truth, longerSide: 480)
      for view in views { drawn.append((view, try JPEGEncoder.encode(renderer.draw(view).image, quality: 85))) }
    } catch {
      throw CommandFailure(exitCode: .resources, sentence: "\(id): \(error.message)")
    }
    return drawn
  }

  /// The path of an overlay.
  func picture(_ id: String, _ view: View) -> String { file(id, "-\(view.rawValue).jpg").path }

  private func file(_ id: String, _ end: String) -> URL { folder.appendingPathComponent(id + end) }

  private func write(_ bytes: [UInt8], to path: String) throws(CommandFailure) {
    do throws(ImageError) {
      let file = try OutputFile(path)
      try bytes.withUnsafeBufferPointer { bytes throws(ImageError) in
        try file.write(UnsafeRawBufferPointer(bytes))
      }
      try file.finish()
    } catch {
      throw CommandFailure(error)
    }
  }
}
