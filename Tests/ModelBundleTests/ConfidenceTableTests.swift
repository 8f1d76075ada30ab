import Testing

@testable import ModelBundle

/// The calibration table and the temperatures of a manifest: what is read, and every way to be refused.
struct ConfidenceTableTests {
  static let table = Manifest.Confidence(
    note: "made for tests", cases: 12, intercept: -1.5,
    terms: [
      .init(feature: "view_agreement_mean", worst: 0.2, best: 0.9, weight: 3, usual: 0.8),
      .init(feature: "entropy_per_voxel", worst: 2, best: 0.1, weight: 0, usual: 0.4),
    ],
    link: .logistic, calibration: [[0.1, 0.05], [0.9, 0.95]], lower90: [[0, 0], [1, 0.8]],
    grades: .init(high: 0.8, moderate: 0.6),
    references: [.init(feature: "volume_ml", low: 30, high: 200), .init(feature: "noise_hu", high: 40)])

  /// The sentence with which a changed table is refused, nil when it is accepted.
  private func refusal(_ edit: (inout Manifest.Confidence) -> Void) throws -> String? {
    var table = Self.table
    edit(&table)
    let error = ModelBundleTests.refusal(of: try TinyBundle.bytes(editing: { $0.confidence = table }))
    #expect(error == nil || error?.code == .invalidManifest)
    return error?.message
  }

  @Test func tableSurvivesTheFile() throws {
    let bytes = try TinyBundle.bytes(editing: { manifest in
      manifest.confidence = Self.table
      manifest.networks[2].temperature = 1.4
    })
    let manifest = try BundleReader(bytes: bytes).manifest
    #expect(manifest.confidence == Self.table)
    #expect(manifest.networks.map(\.temperature) == [nil, nil, 1.4, nil, nil, nil])
  }

  /// Bundles of before stay what they are, byte for byte.
  @Test func manifestWithoutTableAndTemperatureHasNoWordOfThem() throws {
    let text = String(decoding: try ManifestCoding.encode(TinyBundle.manifest), as: UTF8.self)
    #expect(!text.contains("confidence") && !text.contains("temperature"))
  }

  @Test(arguments: [0, -1, 0.049, 20.1, 1e300]) func temperatureOutOfRangeIsRefused(_ temperature: Double) throws {
    let bytes = try TinyBundle.bytes(editing: { $0.networks[0].temperature = temperature })
    let error = ModelBundleTests.refusal(of: bytes)
    #expect(error?.code == .invalidManifest && error?.message.contains("temperature") == true)
  }

  @Test func numberOfCasesMustBePositive() throws {
    #expect(try refusal { $0.cases = 0 }?.contains("cases") == true)
  }

  @Test func termsMustBeThereOnceEachAndUsable() throws {
    #expect(try refusal { $0.terms = [] }?.contains("0 terms") == true)
    #expect(try refusal { $0.terms.append($0.terms[0]) }?.contains("another feature") == true)
    #expect(try refusal { $0.terms[0].feature = "a b" }?.contains("another feature") == true)
    #expect(try refusal { $0.terms[0].weight = -1 }?.contains("negative") == true)
    #expect(try refusal { $0.terms[0].best = $0.terms[0].worst }?.contains("differ") == true)
    #expect(try refusal { $0.terms[0].usual = 1e300 }?.contains("finite") == true)
    #expect(try refusal { $0.intercept = -1e300 }?.contains("finite") == true)
  }

  @Test func calibrationCurveMustRise() throws {
    #expect(try refusal { $0.calibration = [] }?.contains("pairs") == true)
    #expect(try refusal { $0.calibration = [[0.1]] }?.contains("pairs") == true)
    #expect(try refusal { $0.calibration = [[0.1, 0.5], [0.1, 0.6]] }?.contains("rise") == true)
    #expect(try refusal { $0.calibration = [[0.1, 0.5], [0.2, 0.4]] }?.contains("rise") == true)
    #expect(try refusal { $0.calibration = [[0.1, 1.5]] }?.contains("range") == true)
  }

  @Test func lowerBoundMustRiseAndStayBelowItsEstimate() throws {
    #expect(try refusal { $0.lower90 = [[0.5, 0.3], [0.4, 0.3]] }?.contains("rise") == true)
    #expect(try refusal { $0.lower90 = [[0.5, 0.6]] }?.contains("above its estimate") == true)
    #expect(try refusal { $0.lower90 = [[2, 0.6]] }?.contains("range") == true)
  }

  @Test func gradesMustBeInOrder() throws {
    #expect(try refusal { $0.grades = .init(high: 0.5, moderate: 0.6) }?.contains("grades") == true)
    #expect(try refusal { $0.grades = .init(high: 1.5, moderate: 0.6) }?.contains("grades") == true)
    #expect(try refusal { $0.grades = .init(high: 0.7, moderate: -0.1) }?.contains("grades") == true)
  }

  @Test func referencesMustBeRanges() throws {
    #expect(try refusal { $0.references[0].low = 300 }?.contains("order") == true)
    #expect(try refusal { $0.references[1].high = nil }?.contains("low or high") == true)
    #expect(try refusal { $0.references.append($0.references[0]) }?.contains("another feature") == true)
    #expect(try refusal { $0.references = [] } == nil)
  }

  @Test func linkMustBeKnown() throws {
    let bytes = try TinyBundle.bytes(editing: { $0.confidence = Self.table })
    let reader = try BundleReader(bytes: bytes)
    let text = String(decoding: reader.manifestBytes, as: UTF8.self)
      .replacing("\"link\":\"logistic\"", with: "\"link\":\"guessing\"")
    #expect(throws: BundleError.self) {
      try ManifestCoding.decode(Manifest.self, from: Array(text.utf8), largestSize: 1 << 20, file: "x")
    }
  }
}
