import Volumes

/// From what the mask was made: the CT, the bundle and the run.
extension ReportPage {
  var input: String {
    let geometry = model.input.geometry
    let extent = (0..<3).map { Double(geometry.size[Axis.allCases[$0]]) * geometry.spacing[$0] }
    func triple(_ values: [Double], _ digits: Int) -> String {
      values.map { decimal($0, digits) }.joined(separator: " × ")
    }
    return section(
      "Input",
      facts([
        ("Series", escaped(model.input.name)),
        ("Voxels", geometry.size.inWords),
        ("Spacing", triple((0..<3).map { geometry.spacing[$0] }, 3) + " mm"),
        ("Field of view", triple(extent, 0) + " mm"),
        ("Axes", Self.axesInWords(geometry)),
        (
          "Centre of the first voxel, LPS",
          (0..<3).map { decimal(geometry.origin[$0], 1) }.joined(separator: ", ") + " mm"
        ),
        (
          "Hounsfield units",
          model.input.hounsfieldRange.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "not known"
        ),
      ]))
  }

  /// Where each array axis runs, by the closest patient direction.
  private static func axesInWords(_ geometry: VolumeGeometry) -> String {
    let ends = [("left", "right"), ("posterior", "anterior"), ("superior", "inferior")]
    return Axis.allCases.map { axis in
      let direction = geometry.direction[axis.rawValue]
      let closest = (0..<3).max { abs(direction[$0]) < abs(direction[$1]) } ?? 0
      return "\(axis) to \(direction[closest] >= 0 ? ends[closest].0 : ends[closest].1)"
    }.joined(separator: ", ")
  }

  var bundle: String {
    let card = model.bundle
    let quality =
      card.measuredQuality.isEmpty
      ? "nothing measured is stated" : card.measuredQuality.map(escaped).joined(separator: "<br>")
    return section(
      "Bundle",
      facts([
        ("Name and version", "\(escaped(card.name)) \(escaped(card.version))"),
        ("Intended use", escaped(card.intendedUse)),
        ("Data source", escaped(card.dataSource)),
        ("Measured quality", quality),
        ("Licence", escaped(card.licence)),
        ("Signature", card.signedBy.map { "signed by \(escaped($0))" } ?? "by no trusted key"),
        ("SHA-256", "<code>\(escaped(card.sha256))</code>"),
      ]))
  }

  var run: String {
    func rows(_ pairs: [(String, String)]) -> String {
      let cells = pairs.map { "<span>\($0.0)</span><span>\($0.1)</span>" }
      return "<div class=\"rows\">\(cells.joined())</div>"
    }
    let total = model.timings.reduce(0) { $0 + $1.seconds }
    return section(
      "Run",
      facts([
        (
          "Seconds",
          rows(
            model.timings.map { (escaped($0.stage), decimal($0.seconds, 2)) } + [("in all", decimal(total, 2))])
        ),
        ("Settings", rows(model.settings.map { (escaped($0.name), escaped($0.value)) })),
        ("Peak memory", HTMLText.memory(model.peakBytes)),
        ("Arithmetic", "\(escaped(model.precision)), \(model.threads) \(model.threads == 1 ? "thread" : "threads")"),
        ("Versions", rows(model.versions.map { (escaped($0.part), escaped($0.version)) })),
      ]))
  }
}
