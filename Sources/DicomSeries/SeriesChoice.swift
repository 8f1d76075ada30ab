/// The one series among the CT images of a folder that is meant.
struct SeriesChoice {
  let frames: [FrameRecord]
  let seriesUID: String
  let seriesDescription: String
  let transferSyntax: String
  let notes: [String]

  /// A group with fewer positions is no volume: bolus tracking and test slices are CT series too.
  private static let fewestPositions = 3

  /// Throws `noCTImages`, or `severalSeries` when more than one group could be the volume.
  init(of frames: [FrameRecord], skipped: [String], in path: String) throws(DicomError) {
    guard !frames.isEmpty else {
      throw DicomError(.noCTImages, "\(path): no CT image found, only \(Self.counts(of: skipped)); give a CT series")
    }
    let groups = Dictionary(grouping: frames, by: SeriesKey.init)
      .sorted { ($1.value.count, $0.key.text) < ($0.value.count, $1.key.text) }
    let volumes = groups.filter { Set($0.value.map { Self.roundedPosition($0) }).count >= Self.fewestPositions }
    guard let chosen = groups.count == 1 ? groups.first : volumes.first, groups.count == 1 || volumes.count == 1 else {
      let list = groups.map { Self.line($0.value) }.joined(separator: "; ")
      throw DicomError(.severalSeries, "\(path): \(groups.count) CT series, expected one; give one of them: \(list)")
    }
    var notes: [String] = []
    if !skipped.isEmpty { notes.append("\(Self.counts(of: skipped)) left out: not CT slices") }
    for other in groups where other.key != chosen.key {
      notes.append("a CT series too small for a volume was left out: \(Self.line(other.value))")
    }
    let unscaled = chosen.value.filter { !$0.hasRescale }
    if let first = unscaled.first, unscaled.count < chosen.value.count {
      throw DicomError(
        .invalidAttribute,
        "\(first.file): RescaleSlope (0028,1053) and RescaleIntercept (0028,1052) are absent or no numbers, other slices of "
          + "the series have them; export the series again")
    }
    if !unscaled.isEmpty {
      notes.append("RescaleSlope and RescaleIntercept are absent: stored values were taken as HU")
    }
    self.frames = chosen.value
    seriesUID = chosen.value.first?.seriesUID ?? ""
    seriesDescription = chosen.value.first?.seriesDescription ?? ""
    transferSyntax = Set(chosen.value.map { transferSyntaxName($0.transferSyntax) }).sorted().joined(separator: " and ")
    self.notes = notes
  }

  private static func roundedPosition(_ frame: FrameRecord) -> SIMD3<Double> {
    (frame.position * 100).rounded(.toNearestOrAwayFromZero)
  }

  private static func line(_ frames: [FrameRecord]) -> String {
    let uid = frames.first?.seriesUID ?? ""
    let description = frames.first?.seriesDescription ?? ""
    let first = frames.first?.file ?? ""
    return
      "\(frames.count) images, SeriesInstanceUID \(uid.isEmpty ? "empty" : uid), \"\(description)\", first file \(first)"
  }

  private static func counts(of skipped: [String]) -> String {
    let counts = Dictionary(grouping: skipped) { $0 }.mapValues(\.count).sorted { $0.key < $1.key }
    return counts.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
  }
}

/// What images of one series share: their UID, or where it is empty the size and orientation of the slices.
private struct SeriesKey: Hashable {
  let text: String

  init(_ frame: FrameRecord) {
    guard frame.seriesUID.isEmpty else {
      text = frame.seriesUID
      return
    }
    let directions = [frame.rowDirection, frame.columnDirection]
      .map { ($0 * 100).rounded(.toNearestOrAwayFromZero) + 0 }
    text = "\(frame.columns) x \(frame.rows), \(directions)"
  }
}

/// The standard's short name of a transfer syntax, or its UID (PS3.6, table A-1).
private func transferSyntaxName(_ uid: String) -> String {
  switch uid {
  case "1.2.840.10008.1.2": "implicit little endian"
  case "1.2.840.10008.1.2.1": "explicit little endian"
  case "1.2.840.10008.1.2.1.99": "deflated little endian"
  case "1.2.840.10008.1.2.2": "explicit big endian"
  case "1.2.840.10008.1.2.4.57": "JPEG lossless (process 14)"
  case "1.2.840.10008.1.2.4.70": "JPEG lossless (process 14, first-order)"
  case "1.2.840.10008.1.2.4.80": "JPEG-LS lossless"
  case "1.2.840.10008.1.2.4.81": "JPEG-LS near-lossless"
  case "1.2.840.10008.1.2.4.90": "JPEG 2000 lossless"
  case "1.2.840.10008.1.2.4.91": "JPEG 2000"
  case "1.2.840.10008.1.2.5": "RLE lossless"
  default: uid
  }
}
