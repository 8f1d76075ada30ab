import Testing

@testable import ModelBundle

/// Activation ranges and the record of fidelity in a manifest, and the rewriting of a bundle with them.
struct FidelityTests {
  private static let record = Manifest.Fidelity(
    cohort: "made for tests", n: 3,
    modes: [
      .init(quality: .exact, precision: .bfloat16, mean: 0.999, minimum: 0.99),
      .init(quality: .fast, precision: .int8, mean: 0.9949, minimum: 0.9),
    ])

  private func refusal(_ edit: (inout Manifest.Fidelity) -> Void) throws -> String? {
    var record = Self.record
    edit(&record)
    let error = ModelBundleTests.refusal(of: try TinyBundle.bytes(editing: { $0.fidelity = record }))
    #expect(error == nil || error?.code == .invalidManifest)
    return error?.message
  }

  @Test func recordAndRangesSurviveTheFile() throws {
    let bytes = try TinyBundle.bytes(editing: { manifest in
      manifest.fidelity = Self.record
      manifest.networks[1].activationMaxima = ["input": 1, "conv1_1": 3.5]
    })
    let manifest = try BundleReader(bytes: bytes).manifest
    #expect(manifest.fidelity == Self.record)
    #expect(manifest.networks[1].activationMaxima == ["input": 1, "conv1_1": 3.5])
    #expect(manifest.networks[0].activationMaxima == nil)
  }

  @Test func manifestWithoutThemHasNoWordOfThem() throws {
    let text = String(decoding: try ManifestCoding.encode(TinyBundle.manifest), as: UTF8.self)
    #expect(!text.contains("fidelity") && !text.contains("activation_maxima"))
  }

  @Test func onlyWhatWasMeasuredAndNearEnoughIsAllowed() {
    #expect(Self.record.allows(.exact, .bfloat16))
    #expect(!Self.record.allows(.fast, .int8), "0.9949 is below 0.995")
    #expect(!Self.record.allows(.exact, .int8) && !Self.record.allows(.fast, .bfloat16))
  }

  @Test func contradictionsAreRefused() throws {
    #expect(try refusal { _ in } == nil)
    #expect(try refusal { $0.n = 0 }?.contains("positive n") == true)
    #expect(try refusal { $0.cohort = "" }?.contains("cohort") == true)
    #expect(try refusal { $0.modes.append($0.modes[0]) }?.contains("twice") == true)
    #expect(try refusal { $0.modes[0].mean = 1.01 }?.contains("0...1") == true)
    #expect(try refusal { $0.modes[0].minimum = 0.9991 }?.contains("minimum") == true)
    #expect(try refusal { $0.modes[0].minimum = -0.1 }?.contains("minimum") == true)
  }

  @Test(arguments: [-1, 1e31]) func rangesOutsideTheirLimitsAreRefused(_ largest: Double) throws {
    let bytes = try TinyBundle.bytes(editing: { $0.networks[5].activationMaxima = ["fc6": largest] })
    let error = ModelBundleTests.refusal(of: bytes)
    #expect(error?.code == .invalidManifest && error?.message.contains("activation_maxima") == true)
  }

  @Test(arguments: [Manifest.Section.ElementType.float32, .float16, .bfloat16])
  func rewritingKeepsEveryTensorAsItIsStored(_ dtype: Manifest.Section.ElementType) throws {
    let folder = TinyBundle.Folder()
    let path = folder.path + "/first.islet"
    try BundleSynthesizer.synthesize(
      TinyBundle.manifest, dtype: dtype, seed: 7, output: path, compression: .high)
    let first = try BundleReader(path: path)
    var manifest = first.manifest
    manifest.fidelity = Self.record
    try BundleRewriter.write(first, manifest: manifest, output: folder.path + "/second.islet")
    let second = try BundleReader(path: folder.path + "/second.islet")
    #expect(second.manifest.fidelity == Self.record && first.manifest.fidelity == nil)
    #expect(second.manifest.sections.map(\.chunks) == first.manifest.sections.map(\.chunks))
    #expect(second.manifest.sections.map(\.dtype) == first.manifest.sections.map(\.dtype))
    for section in first.manifest.sections {
      #expect(try second.tensor(named: section.name) == first.tensor(named: section.name))
    }
  }
}
