/// The one series among the CT images of a folder that is meant.
struct SeriesChoice {
  let frames: [FrameRecord]
  let seriesUID: String
  let seriesDescription: String
  let transferSyntax: String
  let notes: [String]

  /// A group with fewer positions is no volume: bolus tracking and test slices are CT series too.
  private static let fewestPositions = 3

  /// Throws `noCTImages`, `noSuchSeries`, or `severalSeries` when more than one group could be the volume.
  ///
  /// `wanted`: a SeriesInstanceUID, or a number from 1 in the list that `severalSeries` prints; nil: the only one.
  init(of frames: [FrameRecord], wanted: String?, skipped: [String], in path: String) throws(DicomError) {
    guard !frames.isEmpty else {
      throw DicomError(.noCTImages, "\(path): no CT image found, only \(Self.counts(of: skipped)); give a CT series")
    }
    let groups = Dictionary(grouping: frames, by: SeriesKey.init)
      .sorted { ($1.value.count, $0.key.text) < ($0.value.count, $1.key.text) }
    let list = groups.enumerated().map { "\($0 + 1): \(Self.line($1.value))" }.joined(separator: "; ")
    let volumes = groups.filter { Set($0.value.map { Self.roundedPosition($0) }).count >= Self.fewestPositions }
    let named = wanted.flatMap { wanted in
      groups.first { $0.value.first?.seriesUID == wanted }
        ?? Int(wanted).flatMap { groups.indices.contains($0 - 1) ? groups[$0 - 1] : nil }
    }
    if let wanted, named == nil {
      throw DicomError(.noSuchSeries, "\(path): no CT series \(wanted); there are \(list)")
    }
    guard let chosen = named ?? (groups.count == 1 ? groups.first : volumes.first),
      named != nil || groups.count == 1 || volumes.count == 1
    else {
      throw DicomError(
        .severalSeries,
        "\(path): \(groups.count) CT series, expected one; name one with --series NUMBER or UID, or give its folder: \(list)"
      )
    }
    var notes: [String] = []
    if !skipped.isEmpty { notes.append("\(Self.counts(of: skipped)) left out: not CT slices") }
    for other in groups where other.key != chosen.key {
      guard named == nil else {
        notes.append("another CT series was left out: \(Self.line(other.value))")
        continue
      }
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
    let syntaxes = Set(chosen.value.map(\.header.syntax))
    transferSyntax = syntaxes.map(\.name).sorted().joined(separator: " and ")
    if syntaxes.contains(where: \.isLossy) {
      notes.append("the pixels may have been compressed with loss (\(transferSyntax))")
    }
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
