import ModelBundle
import Networks
import Testing

@testable import Segmentation

/// Which precision a run gets, for every kind of bundle, request and processor.
@Suite struct ArithmeticChoiceTests {
  private func manifest(
    ranges: Bool = false, _ modes: [(Manifest.Fidelity.Mode.Quality, Manifest.Fidelity.Mode.Precision, Double)] = []
  ) -> Manifest {
    var manifest = Manifest.synthetic(topology: .paper)
    if ranges {
      for index in manifest.networks.indices { manifest.networks[index].activationMaxima = ["input": 1] }
    }
    if !modes.isEmpty {
      manifest.fidelity = Manifest.Fidelity(
        cohort: "test", n: 1,
        modes: modes.map { .init(quality: $0.0, precision: $0.1, mean: $0.2, minimum: 0.5) })
    }
    return manifest
  }

  private func choice(
    _ manifest: Manifest, _ quality: SegmentationRequest.Quality = .exact, named: SegmentationRequest.Precision? = nil,
    processor: Set<Precision> = Set(Precision.allCases)
  ) throws -> ArithmeticChoice {
    var request = SegmentationRequest()
    (request.quality, request.precision) = (quality, named)
    return try ArithmeticChoice(manifest: manifest, request: request, isOffered: processor.contains)
  }

  @Test func withoutARecordExactIsFloat32AndFastIsBfloat16() throws {
    #expect(try choice(manifest()).precision == .float32)
    #expect(try choice(manifest(ranges: true)).precision == .float32)
    #expect(try choice(manifest(), .fast).precision == .bfloat16)
    #expect(try choice(manifest()).reason?.contains("no record") == true)
  }

  @Test func fastestThatTheRecordAllowsIsChosen() throws {
    let both = manifest(ranges: true, [(.exact, .bfloat16, 0.999), (.exact, .int8, 0.995)])
    #expect(try choice(both).precision == .int8)
    let onlyHalf = manifest(ranges: true, [(.exact, .bfloat16, 0.999), (.exact, .int8, 0.9949)])
    #expect(try choice(onlyHalf).precision == .bfloat16)
    #expect(try choice(onlyHalf).reason?.contains("0.995") == true)
    let noRanges = manifest([(.exact, .bfloat16, 0.999), (.exact, .int8, 1)])
    #expect(try choice(noRanges).precision == .bfloat16)
    let neither = manifest(ranges: true, [(.exact, .bfloat16, 0.99), (.exact, .int8, 0.9)])
    #expect(try choice(neither).precision == .float32)
    // The record is of one quality: it says nothing of the other.
    #expect(try choice(both, .fast).precision == .bfloat16)
    #expect(try choice(manifest(ranges: true, [(.fast, .int8, 0.996)]), .fast).precision == .int8)
  }

  @Test func processorWithoutInstructionsFallsBackAndSaysSo() throws {
    let both = manifest(ranges: true, [(.exact, .bfloat16, 1), (.exact, .int8, 1)])
    #expect(try choice(both, processor: [.float32, .bfloat16]).precision == .bfloat16)
    #expect(try choice(both, processor: [.float32]).precision == .float32)
    #expect(try choice(both, .fast, processor: [.float32]).precision == .float32)
    #expect(try choice(both, processor: [.float32]).reason?.contains("processor") == true)
  }

  @Test func namedPrecisionIsTakenOrRefused() throws {
    for precision in SegmentationRequest.Precision.allCases {
      let taken = try choice(manifest(ranges: true), named: precision)
      #expect(taken.precision.rawValue == precision.rawValue && taken.reason == nil)
    }
    let withoutRanges = #expect(throws: SegmentationError.self) { try choice(manifest(), named: .int8) }
    #expect(withoutRanges?.code == .request && withoutRanges?.description.contains("calibrate") == true)
    let unknown = #expect(throws: SegmentationError.self) {
      try choice(manifest(), named: .bfloat16, processor: [.float32])
    }
    #expect(unknown?.code == .request && unknown?.description.contains("processor") == true)
  }
}
