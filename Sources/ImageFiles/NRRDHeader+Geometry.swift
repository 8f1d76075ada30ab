import Volumes

extension NRRDHeader {
  /// The geometry in LPS from space, space directions and space origin, or from spacings alone with a note.
  ///
  /// Throws `invalidHeader`, `unsupported`, or `invalidGeometry` for axes that are sheared, null or not finite.
  func geometry(size: VolumeSize, notes: inout [String]) throws(ImageError) -> VolumeGeometry {
    let toLPS = try signs(notes: &notes)
    try checkUnits()
    guard let text = self["spacedirections"] else { return try spacingGeometry(size: size, notes: &notes) }
    let steps = try vectors(text, "space directions", count: 3).map { $0 * toLPS }
    var origin = SIMD3<Double>()
    if let text = self["spaceorigin"] {
      origin = try vectors(text, "space origin", count: 1)[0] * toLPS
    } else {
      notes.append("space origin is absent: the position in the patient is unknown and was taken as 0")
    }
    let lengths = steps.map { ($0 * $0).sum().squareRoot() }
    guard lengths.allSatisfy({ $0 > 0 }) else {
      throw ImageError(.invalidGeometry, "\(path): space directions give a spacing of 0 mm, expected 0.001 to 1000")
    }
    return try geometry(
      size: size, spacing: SIMD3(lengths[0], lengths[1], lengths[2]), origin: origin,
      // Adding 0 turns -0 into 0.
      direction: zip(steps, lengths).map { $0 / $1 + SIMD3<Double>() })
  }

  private func spacingGeometry(size: VolumeSize, notes: inout [String]) throws(ImageError) -> VolumeGeometry {
    guard let text = self["spacings"] else {
      throw ImageError(
        .invalidGeometry, "\(path): has neither space directions nor spacings: the voxels' size is unknown")
    }
    let spacings = text.split(separator: " ").map { decimal($0) }
    guard spacings.count == 3, let x = spacings[0], let y = spacings[1], let z = spacings[2] else {
      throw invalid("spacings", "three numbers", text)
    }
    notes.append(
      "space directions are absent: the position in the patient is unknown; the axes were taken as left, posterior, superior"
    )
    return try geometry(
      size: size, spacing: SIMD3(x, y, z), origin: .zero, direction: VolumeGeometry.identityDirection)
  }

  private func geometry(
    size: VolumeSize, spacing: SIMD3<Double>, origin: SIMD3<Double>, direction: [SIMD3<Double>]
  ) throws(ImageError) -> VolumeGeometry {
    do {
      return try VolumeGeometry(size: size, spacing: spacing, origin: origin, direction: direction)
    } catch {
      throw ImageError(.invalidGeometry, "\(path): space directions and space origin are refused: \(error)")
    }
  }

  /// What turns the file's space into LPS.
  private func signs(notes: inout [String]) throws(ImageError) -> SIMD3<Double> {
    guard let space = self["space"]?.lowercased() else {
      if self["spacedirections"] != nil {
        notes.append("space is absent: the axes of the patient are unknown and were taken as left, posterior, superior")
      }
      return SIMD3(1, 1, 1)
    }
    switch space {
    case "left-posterior-superior", "lps": return SIMD3(1, 1, 1)
    case "right-anterior-superior", "ras": return SIMD3(-1, -1, 1)
    case "left-anterior-superior", "las": return SIMD3(1, -1, 1)
    default:
      throw ImageError(
        .unsupported,
        "\(path): space is \(space.prefix(60)), expected left-posterior-superior, right-anterior-superior or "
          + "left-anterior-superior")
    }
  }

  private func checkUnits() throws(ImageError) {
    guard let units = self["spaceunits"] else { return }
    let words = units.lowercased().split { " \"".contains($0) }
    guard words.allSatisfy({ ["mm", "millimeter", "millimeters", "millimetre", "millimetres"].contains($0) }) else {
      throw invalid("space units", "\"mm\" for every axis", units)
    }
  }

  /// "(1,0,0) (0,1,0) (0,0,1)".
  private func vectors(_ text: String, _ field: String, count: Int) throws(ImageError) -> [SIMD3<Double>] {
    let compact = text.filter { $0 != " " && $0 != "\t" }
    let parts = compact.split(separator: ")", omittingEmptySubsequences: false)
    guard parts.count == count + 1, parts[count].isEmpty else {
      throw invalid(field, "\(count) of (x,y,z)", text)
    }
    var vectors: [SIMD3<Double>] = []
    for part in parts.prefix(count) {
      let numbers = part.dropFirst().split(separator: ",", omittingEmptySubsequences: false).map { decimal($0) }
      guard part.first == "(", numbers.count == 3, let x = numbers[0], let y = numbers[1], let z = numbers[2] else {
        throw invalid(field, "\(count) of (x,y,z)", text)
      }
      vectors.append(SIMD3(x, y, z))
    }
    return vectors
  }

  /// A finite decimal number; Swift alone would read "nan" and hexadecimal ones too.
  private func decimal(_ text: Substring) -> Double? {
    guard text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let number = Double(text), number.isFinite
    else { return nil }
    return number
  }
}
