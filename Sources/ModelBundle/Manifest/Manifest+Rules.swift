extension Manifest {
  /// Refuses a manifest whose fields contradict each other or lie outside what the algorithm can use.
  ///
  /// Sections are checked elsewhere: their places against the file, their names and shapes against the networks.
  func checkFields(file: String) throws(BundleError) {
    guard schema == Self.currentSchema else {
      throw BundleError(
        code: .unsupportedVersion,
        message: "\(file): manifest schema \(quoted(schema)), this version reads \(Self.currentSchema); update Islet")
    }
    let flaws = [
      cardFlaw, labelFlaw, intensityFlaw, gridFlaw, viewFlaw, networkFlaw, profileFlaw, rangeFlaw, confidenceFlaw,
      fidelity?.flaw.map { "fidelity: \($0)" },
    ]
    if let flaw = flaws.lazy.compactMap({ $0 }).first {
      throw BundleError(code: .invalidManifest, message: "\(file): manifest: \(flaw)")
    }
  }

  private var cardFlaw: String? {
    guard Self.isIdentifier(name), Self.isIdentifier(version) else {
      return "name and version must be 1 to 100 letters, digits, '.', '_', '+' or '-'"
    }
    guard modality == "CT" else { return "modality \(quoted(modality)); only \"CT\" is known" }
    guard !licence.isEmpty, !intendedUse.isEmpty else { return "licence and intended_use must not be empty" }
    guard quality.allSatisfy({ $0.n > 0 && $0.mean.isFinite }) else { return "quality: n must be positive" }
    guard sources.allSatisfy({ Hash.isHexadecimal($0.sha256) }) else {
      return "sources: sha256 must be 64 lower-case hexadecimal digits"
    }
    return nil
  }

  private var labelFlaw: String? {
    guard !labels.isEmpty else { return "labels: at least one label is needed" }
    for label in labels {
      guard (1...255).contains(label.value) else { return "labels: value \(label.value) is outside 1...255" }
      guard !label.name.isEmpty, label.colour.count == 3 else { return "labels: a name and 3 colour values are needed" }
    }
    guard Set(labels.map(\.value)).count == labels.count, Set(labels.map(\.name)).count == labels.count else {
      return "labels: two labels have the same value or the same name"
    }
    return nil
  }

  private var intensityFlaw: String? {
    guard intensity.window.count == 2, intensity.window.allSatisfy({ abs($0) <= 32768 }),
      intensity.window[0] < intensity.window[1]
    else { return "intensity: window must be two numbers [low, high] in -32768...32768 with low < high" }
    guard intensity.levels.map((1...65535).contains) ?? true else { return "intensity: levels must be in 1...65535" }
    return nil
  }

  private var gridFlaw: String? {
    let lines: [Set<PatientDirection>] = [[.left, .right], [.anterior, .posterior], [.superior, .inferior]]
    guard grid.axes.count == 3, lines.allSatisfy({ !$0.isDisjoint(with: grid.axes) }) else {
      return "grid: axes must be three directions, one of each pair left/right, anterior/posterior, superior/inferior"
    }
    guard grid.spacingMillimetres.map((0.1...20).contains) ?? true else {
      return "grid: spacing_mm must be in 0.1...20"
    }
    guard grid.minimumSize.count == 3, grid.minimumSize.allSatisfy((1...1024).contains) else {
      return "grid: minimum_size must be 3 numbers in 1...1024"
    }
    guard let box = grid.bodyBox else { return nil }
    guard box.thresholdHU.isFinite, (0...100).contains(box.openingRadius), (0...1000).contains(box.margin),
      !box.axes.isEmpty, Set(box.axes).count == box.axes.count
    else {
      return "grid: body_box needs a threshold, opening_radius 0...100, margin 0...1000 and axes without repetition"
    }
    return nil
  }

  private var viewFlaw: String? {
    let planes: [(SliceAxes, ArrayAxis)] = [(views.coronal, .y), (views.sagittal, .x), (views.axial, .z)]
    guard planes.allSatisfy({ Set([$0.rows, $0.columns, $1]).count == 3 }) else {
      return "views: rows, columns and the axis of the slices (coronal y, sagittal x, axial z) must all differ"
    }
    return nil
  }

  private var networkFlaw: String? {
    let inOrder = runningStages
    guard inOrder == [.coarse] || inOrder == [.coarse, .fine] else {
      return "stages: expected [\"coarse\"] or [\"coarse\", \"fine\"]"
    }
    guard profile.rounds == 0 || inOrder.contains(.fine) else {
      return "stages: without a fine stage the profile's rounds must be 0"
    }
    for label in labels {
      for stage in Network.Stage.allCases {
        let needed = inOrder.contains(stage) ? 1 : 0
        for view in Network.View.allCases
        where networks.count(where: { $0.serves(stage, view, label: label.value) }) != needed {
          return "networks: label \(label.value) needs \(needed) \(stage.rawValue) \(view.rawValue) network"
        }
      }
    }
    let values = Set(labels.map(\.value))
    guard networks.allSatisfy({ $0.label.map(values.contains) ?? true }) else {
      return "networks: a network is for a label that the bundle does not have"
    }
    guard Set(networks.map(\.tensors)).count == networks.count,
      networks.allSatisfy({ Self.isIdentifier($0.tensors, signs: ".+-_/") })
    else {
      return "networks: tensors must be different prefixes of 1 to 100 letters, digits, '.', '_', '+', '-', '/'"
    }
    for network in networks {
      guard network.temperature.map(Network.temperatures.contains) ?? true else {
        return "networks: \(network.stage.rawValue) \(network.view.rawValue): temperature must be in 0.05...20"
      }
      guard network.activationMaxima?.values.allSatisfy({ $0 >= 0 && $0 <= 1e30 }) ?? true else {
        return "networks: \(network.stage.rawValue) \(network.view.rawValue): activation_maxima must be in 0...1e30"
      }
      guard network.stage == .fine || network.topology.saliency == nil else {
        return
          "networks: coarse \(network.view.rawValue): saliency belongs to fine networks, which have a previous round"
      }
      if let flaw = network.topology.flaw {
        return "networks: \(network.stage.rawValue) \(network.view.rawValue): \(flaw)"
      }
    }
    return nil
  }

  private var profileFlaw: String? {
    guard (0...512).contains(profile.margin) else { return "profile: margin must be in 0...512" }
    guard profile.componentRatio.map({ $0 > 0 && $0 <= 1 }) ?? true else {
      return "profile: component_ratio must be above 0 and at most 1, or null"
    }
    guard (0...1).contains(profile.threshold) else { return "profile: threshold must be in 0...1" }
    guard (0...100).contains(profile.rounds) else { return "profile: rounds must be in 0...100" }
    return nil
  }

  private var rangeFlaw: String? {
    let (low, high) = (inputRange.spacingMillimetres.minimum, inputRange.spacingMillimetres.maximum)
    guard low.count == 3, high.count == 3, zip(low, high).allSatisfy({ $0 > 0 && $0 <= $1 && $1.isFinite }) else {
      return "input_range: spacing_mm needs 3 minima and 3 maxima, positive and in order"
    }
    guard inputRange.hu.minimum < inputRange.hu.maximum else { return "input_range: hu must be in order" }
    return nil
  }

  private var confidenceFlaw: String? { confidence?.flaw.map { "confidence: \($0)" } }

  /// Names that appear in messages, file names and tensor names: printable, without spaces.
  static func isIdentifier(_ text: String, signs: String = ".+-_") -> Bool {
    (1...100).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: signs.utf8.contains(byte)
        }
      }
  }
}
