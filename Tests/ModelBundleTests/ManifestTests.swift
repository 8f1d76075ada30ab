import Testing

@testable import ModelBundle

/// Manifests that are no JSON of ours, or whose fields contradict each other.
struct ManifestTests {
  private func code(_ edit: (inout Manifest) -> Void) throws -> BundleError.Code? {
    try refusal(of: TinyBundle.bytes(editing: edit))?.code
  }

  @Test func manifestSurvivesJSON() throws {
    var manifest = try BundleReader(bytes: TinyBundle.bytes()).manifest
    manifest.grid.spacingMillimetres = 3
    manifest.grid.bodyBox = .init(thresholdHU: -300, openingRadius: 3, margin: 3, axes: [.x, .y])
    manifest.intensity.levels = 255
    manifest.changelog = ["0.1.0": "first", "0.2.0": "Grüße / \"quoted\""]
    manifest.quality = [.init(cohort: "a", kind: .pseudoLabels, measure: "DSC", mean: 0.1, n: 1)]
    let text = try ManifestCoding.encode(manifest)
    #expect(try ManifestCoding.decode(Manifest.self, from: text, largestSize: 1 << 20, file: "x") == manifest)
    #expect(try ManifestCoding.encode(manifest) == text)
  }

  @Test func unknownFieldIsIgnored() throws {
    let manifest = TinyBundle.manifest
    let text = try Array("{\"0_new\":[1,{}],".utf8) + ManifestCoding.encode(manifest).dropFirst()
    #expect(try ManifestCoding.decode(Manifest.self, from: text, largestSize: 1 << 20, file: "x") == manifest)
  }

  @Test(arguments: [
    "\"task\":", "\"labels\":", "\"views\":", "\"profile\":", "\"networks\":", "\"sections\":", "\"threshold\":",
  ])
  func missingFieldIsInvalid(key: String) throws {
    let bytes = try TinyBundle.bytes(editingText: { text in
      text.replacing(key, with: "\"_\(key.dropFirst())", maxReplacements: 1)
    })
    #expect(refusal(of: bytes)?.code == .invalidManifest)
  }

  @Test(arguments: [
    ("{\"a\":1,\"a\":2}", "twice"), ("{\"a\":{\"b\":1,\"b\":1}}", "twice"), ("{\"\\u0061\":1}", "escape"),
    ("[]", "no object"), ("", "no object"), ("{\"a\":1} x", "more text"), ("{\"a\":1", "bracket"),
    ("{\"a\" 1}", "colon"), ("{a:1}", "no key"), ("{\"a\":}", "no value"), ("{\"a", "without end"),
    ("{\"a\\", "without end"), ("{\"a\":\"\u{1}\"}", "control"), ("{\u{0}\"a\":1}", "control"),
  ])
  func damagedJSONIsRefused(text: String, reason: String) {
    let flaw = JSONStructure.flaw(in: Array(text.utf8), largestSize: 100)
    #expect(flaw?.contains(reason) == true, "\(flaw ?? "accepted")")
  }

  @Test func nestingHasALimit() {
    func nested(_ depth: Int) -> [UInt8] {
      Array(
        ("{\"a\":" + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}").utf8)
    }
    #expect(JSONStructure.flaw(in: nested(32), largestSize: 1000) == nil)
    #expect(JSONStructure.flaw(in: nested(33), largestSize: 1000)?.contains("deeper") == true)
    #expect(JSONStructure.flaw(in: nested(100_000), largestSize: 1 << 20)?.contains("deeper") == true)
  }

  /// A decoder takes more memory for a value than the text does.
  @Test func moreValuesThanAManifestHasAreRefused() throws {
    func list(_ count: Int) -> [UInt8] {
      Array(("{\"a\":[" + String(repeating: "0,", count: count - 3) + "0]}").utf8)
    }
    #expect(JSONStructure.flaw(in: list(1024), largestSize: 1 << 20, bytesPerValue: 10) == nil)
    #expect(
      JSONStructure.flaw(in: list(2000), largestSize: 1 << 20, bytesPerValue: 10)?.contains("more values") == true)
    #expect(JSONStructure.flaw(in: list(2000), largestSize: 1 << 20) == nil)
    let filled = String(repeating: "0,", count: 100_000)
    let bytes = try TinyBundle.bytes(editingText: { "{\"0\":[\(filled)0]," + $0.dropFirst() })
    #expect(refusal(of: bytes)?.message.contains("more values") == true)
  }

  @Test func invalidUTF8AndSizeAreRefused() {
    #expect(
      JSONStructure.flaw(in: Array("{\"a\":\"".utf8) + [0xFF] + Array("\"}".utf8), largestSize: 100)
        == "not valid UTF-8")
    #expect(JSONStructure.flaw(in: Array("{\"a\":1}".utf8), largestSize: 6)?.contains("more than 6") == true)
  }

  @Test func whatTheEncoderWritesHasNoFlaw() throws {
    let text = try ManifestCoding.encode(TinyBundle.manifest)
    #expect(JSONStructure.flaw(in: text, largestSize: 1 << 20) == nil)
  }

  @Test func otherSchemaIsUnsupported() throws {
    #expect(try code { $0.schema = "org.islet.bundle/2" } == .unsupportedVersion)
  }

  @Test func cardRules() throws {
    #expect(try code { $0.name = "" } == .invalidManifest)
    #expect(try code { $0.name = "a b" } == .invalidManifest)
    #expect(try code { $0.name = "../a" } == .invalidManifest)
    #expect(try code { $0.version = "\u{1B}[2J" } == .invalidManifest)
    #expect(try code { $0.modality = "MR" } == .invalidManifest)
    #expect(try code { $0.licence = "" } == .invalidManifest)
    #expect(try code { $0.sources = [.init(file: "a", sha256: "b")] } == .invalidManifest)
    #expect(
      try code { $0.quality = [.init(cohort: "", kind: .manual, measure: "", mean: 1, n: 0)] } == .invalidManifest)
  }

  @Test func labelRules() throws {
    #expect(try code { $0.labels = [] } == .invalidManifest)
    #expect(try code { $0.labels.append($0.labels[0]) } == .invalidManifest)
    #expect(try code { $0.labels[0].value = 256 } == .invalidManifest)
    #expect(try code { $0.labels[0].colour = [1, 2] } == .invalidManifest)
  }

  /// Two organs: the coarse networks serve both, each has fine networks of its own.
  @Test func severalLabelsEachNeedTheirNetworks() throws {
    func twoOrgans(_ edit: (inout Manifest) -> Void = { _ in }) throws -> String? {
      var manifest = TinyBundle.manifest
      var spleen = manifest.labels[0]
      (spleen.value, spleen.name) = (2, "spleen")
      manifest.labels.append(spleen)
      for index in manifest.networks.indices where manifest.networks[index].stage == .fine {
        manifest.networks[index].label = 1
      }
      manifest.networks += manifest.networks.filter { $0.stage == .fine }.map { network in
        var other = network
        (other.label, other.tensors) = (2, network.tensors + "-spleen")
        return other
      }
      edit(&manifest)
      do {
        let reader = try BundleReader(bytes: TinyBundle.bytes(manifest))
        try reader.verify()
        #expect(reader.manifest.networks.filter { $0.serves(.fine, .axial, label: 2) }.map(\.label) == [2])
        #expect(reader.manifest.networks.filter { $0.serves(.coarse, .axial, label: 2) }.map(\.label) == [nil])
        return nil
      } catch let error as BundleError {
        #expect(error.code == .invalidManifest)
        return error.message
      }
    }
    #expect(try twoOrgans() == nil)
    #expect(try twoOrgans { $0.networks.removeLast() }?.contains("label 2 needs 1 fine axial") == true)
    #expect(try twoOrgans { $0.networks[3].label = nil }?.contains("needs 1 fine coronal") == true)
    #expect(try twoOrgans { $0.labels[1].value = 1 }?.contains("same value") == true)
    #expect(try twoOrgans { $0.labels[1].name = "pancreas" }?.contains("same value or the same name") == true)
    #expect(
      try twoOrgans {
        var stray = $0.networks[8]
        (stray.label, stray.tensors) = (3, "stray")
        $0.networks.append(stray)
      }?.contains("a label that the bundle does not have") == true)
  }

  @Test func oneStageNeedsNoFineNetworksAndNoRounds() throws {
    func coarseOnly(_ edit: (inout Manifest) -> Void = { _ in }) throws -> BundleError.Code? {
      var manifest = TinyBundle.manifest
      manifest.stages = [.coarse]
      manifest.networks.removeAll { $0.stage == .fine }
      manifest.profile.rounds = 0
      edit(&manifest)
      do {
        try BundleReader(bytes: TinyBundle.bytes(manifest)).verify()
        return nil
      } catch let error as BundleError {
        return error.code
      }
    }
    #expect(try coarseOnly() == nil)
    #expect(try coarseOnly { $0.profile.rounds = 1 } == .invalidManifest)
    #expect(try coarseOnly { $0.stages = [] } == .invalidManifest)
    #expect(try coarseOnly { $0.stages = [.fine] } == .invalidManifest)
    #expect(try coarseOnly { $0.stages = [.fine, .coarse] } == .invalidManifest)
    #expect(try coarseOnly { $0.stages = nil } == .invalidManifest)
    #expect(try code { $0.stages = [.coarse, .fine] } == nil)
    #expect(try code { $0.stages = [.coarse] } == .invalidManifest)
  }

  @Test func stageOfALaterVersionIsRefused() throws {
    let bytes = try TinyBundle.bytes(editingText: {
      $0.replacing("\"views\":", with: "\"stages\":[\"coarse\",\"middle\",\"fine\"],\"views\":")
    })
    #expect(refusal(of: bytes)?.code == .invalidManifest)
  }

  @Test func intensityRules() throws {
    #expect(try code { $0.intensity.window = [240, -100] } == .invalidManifest)
    #expect(try code { $0.intensity.window = [1] } == .invalidManifest)
    #expect(try code { $0.intensity.window = [-40000, 240] } == .invalidManifest)
    #expect(try code { $0.intensity.levels = 0 } == .invalidManifest)
  }

  @Test func gridRules() throws {
    #expect(try code { $0.grid.axes = [.left, .right, .superior] } == .invalidManifest)
    #expect(try code { $0.grid.axes = [.left, .posterior] } == .invalidManifest)
    #expect(try code { $0.grid.spacingMillimetres = 0 } == .invalidManifest)
    #expect(try code { $0.grid.minimumSize = [1, 1, 1 << 40] } == .invalidManifest)
    #expect(
      try code { $0.grid.bodyBox = .init(thresholdHU: 0, openingRadius: 1, margin: 1, axes: [.x, .x]) }
        == .invalidManifest)
    #expect(try code { $0.grid.axes = [.superior, .right, .anterior] } == nil)
  }

  @Test func viewRules() throws {
    #expect(try code { $0.views.axial = .init(rows: .x, columns: .z) } == .invalidManifest)
    #expect(try code { $0.views.axial = .init(rows: .x, columns: .x) } == .invalidManifest)
    #expect(try code { $0.views.axial = .init(rows: .x, columns: .y) } == nil)
  }

  @Test func networkRules() throws {
    #expect(try code { $0.networks.removeLast() } == .invalidManifest)
    #expect(try code { $0.networks.append($0.networks[0]) } == .invalidManifest)
    #expect(try code { $0.networks[0].tensors = $0.networks[1].tensors } == .invalidManifest)
    #expect(try code { $0.networks[0].topology.pad = 100 } == .invalidManifest)
    #expect(try code { $0.networks[0].topology.family = .crop } == .invalidManifest)
    #expect(try code { $0.networks[0].topology.inputChannels = 2 } == .invalidManifest)
    #expect(try code { $0.networks[0].topology.outputChannels = 3 } == .invalidManifest)
    #expect(try code { $0.networks[0].topology.blockChannels = [1] } == .invalidManifest)
    #expect(try code { $0.networks[0].topology.blockChannels[0] = Int.max } == .invalidManifest)
    #expect(try code { $0.networks[0].topology.convolutions[0] = 0 } == .invalidManifest)
    #expect(try code { $0.networks[0].topology.pools = [] } == .invalidManifest)
    #expect(try code { $0.networks[0].topology.fc6.kernel = 2 } == .invalidManifest)
    #expect(try code { $0.networks[0].topology.fc7.channels = 0 } == .invalidManifest)
    #expect(try code { $0.networks[0].topology.fc7.channels = 8193 } == .invalidManifest)
    #expect(try code { $0.networks[0].topology.skipScales.pool3 = 1e300 } == .invalidManifest)
    #expect(try code { $0.networks[0].topology.blockChannels[0] = 2 } == .invalidTensor)
    #expect(try code { $0.networks[0].topology.upsampling = .learned } == .invalidTensor)
  }

  @Test func profileRules() throws {
    #expect(try code { $0.profile.margin = -1 } == .invalidManifest)
    #expect(try code { $0.profile.threshold = 1.5 } == .invalidManifest)
    #expect(try code { $0.profile.componentRatio = 2 } == .invalidManifest)
    #expect(try code { $0.profile.componentRatio = 0 } == .invalidManifest)
    #expect(try code { $0.profile.rounds = -1 } == .invalidManifest)
    #expect(try code { $0.profile = .release111 } == nil)
  }

  @Test func rangeRules() throws {
    #expect(try code { $0.inputRange.spacingMillimetres.minimum = [1, 1] } == .invalidManifest)
    #expect(try code { $0.inputRange.spacingMillimetres.minimum = [30, 1, 1] } == .invalidManifest)
    #expect(try code { $0.inputRange.hu = .init(minimum: 1, maximum: 0) } == .invalidManifest)
  }

  @Test func paperTopologyHasThePapersWeights() {
    let tensors = Manifest.Topology.paper.tensors
    let upsampling = 2 * 3 * 3 * 4 * 4 + 3 * 3 * 16 * 16
    #expect(tensors.reduce(upsampling) { $0 + $1.shape.reduce(1, *) } == 134_277_737)
    #expect(tensors.first { $0.name == "fc6.weight" }?.shape == [4096, 512, 7, 7])
    #expect(Manifest.Topology.paper.upsamplingFactors == [2, 2, 8])
  }

  @Test func learnedUpsamplingHasAKernelForEachStep() {
    var topology = TinyBundle.topology
    topology.upsampling = .learned
    topology.pools = [false, true, true, false, true]
    let tensors = topology.tensors.suffix(2)
    #expect(tensors.map(\.name) == ["upscore2.weight", "upscore8.weight"])
    #expect(tensors.map(\.shape) == [[1, 1, 4, 4], [1, 1, 8, 8]])
  }

  @Test func messagesHoldNoControlCharacters() {
    #expect(quoted("a\u{1B}[2J\n") == "\"a\\u{27}[2J\\u{10}\"")
    #expect(quoted(String(repeating: "x", count: 200)).count == 85)
  }
}
