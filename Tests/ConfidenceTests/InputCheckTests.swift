import Testing
import Volumes

@testable import Confidence

/// Doubts about an image: each is found where it was put in, and nothing is said where nothing was.
@Suite struct InputCheckTests {
  /// A body whose z runs through `slices` of the whole one, with the geometry of as many slices.
  private func body(slices: [Int], in volume: Volume) throws -> Volume {
    let size = try #require(VolumeSize(x: volume.size.x, y: volume.size.y, z: slices.count))
    let geometry = try VolumeGeometry(
      size: size, spacing: volume.geometry.spacing, origin: .zero, direction: VolumeGeometry.identityDirection)
    let plane = volume.size.x * volume.size.y
    return try #require(
      Volume(geometry: geometry, voxels: slices.flatMap { volume.voxels[$0 * plane..<($0 + 1) * plane] }))
  }

  private func kinds(_ volume: Volume, _ references: [Feature: ReferenceRange] = [:]) throws -> [InputFinding.Kind] {
    try InputChecks(references: references).findings(in: imageFeatures(of: volume)).map(\.kind)
  }

  @Test func nothingIsSaidOfAnOrdinaryBody() throws {
    let volume = try SyntheticBody().volume()
    let features = try imageFeatures(of: volume)
    #expect(InputChecks().findings(in: features).isEmpty && InputChecks().unjudged(in: features).isEmpty)
    #expect(try #require(features[.lungSuperior]) > 0.9 && #require(features[.solidRight]) > 0.5)
    #expect(try #require(features[.bonePosterior]) > 0.7)
    #expect(abs(try #require(features[.bodyWidth]) - 0.9 * 320) < 16)
    #expect(abs(try #require(features[.bodyDepth]) - 0.84 * 240) < 16)
    #expect(features[.extentAcross] == 320 && features[.extentDeep] == 240 && features[.extentAlong] == 200)
  }

  @Test(arguments: [
    (SyntheticBody.Mirrored.leftRight, Feature.solidRight), (.frontBack, .bonePosterior), (.headFeet, .lungSuperior),
  ])
  func aMirroredBodyIsFoundByTheAxisThatIsMirrored(_ mirrored: SyntheticBody.Mirrored, _ feature: Feature) throws {
    let findings = try InputChecks().findings(in: imageFeatures(of: try SyntheticBody(mirrored: mirrored).volume()))
    #expect(findings.map(\.kind) == [.orientation] && findings.map(\.feature) == [feature], "\(findings)")
  }

  /// The array's order is the host's business: what counts is what the geometry says.
  @Test func everyArrayOrderOfABodyHasTheSameFeatures() throws {
    let volume = try SyntheticBody(size: (64, 48, 32)).volume()
    let expected = try imageFeatures(of: volume)
    for order in AxisOrder.all.enumerated().filter({ $0.offset % 5 == 0 }).map(\.element) {
      let found = try imageFeatures(of: volume.reordered(by: order))
      for (name, value) in expected.byName {
        let other = try #require(found.byName[name], "\(name), \(order)")
        #expect(abs(other - value) <= 1e-9 * max(1, abs(value)), "\(name), \(order)")
      }
    }
  }

  @Test func withoutLungNothingIsSaidOfHeadAndFeet() throws {
    let volume = try SyntheticBody().volume()
    let features = try imageFeatures(of: try body(slices: Array(0..<30), in: volume))
    #expect(InputChecks().unjudged(in: features) == [.lungSuperior])
  }

  @Test func missingSlicesAreAJump() throws {
    let volume = try SyntheticBody(noise: 3).volume()
    let gap = try body(slices: Array(0..<26) + Array(42..<50), in: volume)
    #expect(try kinds(gap) == [.slices])
  }

  @Test func constantAndRepeatedSlicesAreFound() throws {
    let whole = try SyntheticBody().volume()
    let repeated = try body(slices: Array(0..<20) + [19, 19] + Array(20..<50), in: whole)
    #expect(try imageFeatures(of: repeated)[.repeatedSlices] == 2 && kinds(repeated) == [.slices])
    let plane = whole.size.x * whole.size.y
    var voxels = whole.voxels
    voxels.replaceSubrange(20 * plane..<23 * plane, with: repeatElement(-1000, count: 3 * plane))
    let blank = try #require(Volume(geometry: whole.geometry, voxels: voxels))
    #expect(try imageFeatures(of: blank)[.constantSlices] == 3)
    #expect(try kinds(blank).contains(.slices))
    // Blank slices beyond the body are padding.
    voxels = whole.voxels
    voxels.replaceSubrange(0..<3 * plane, with: repeatElement(-1000, count: 3 * plane))
    #expect(try imageFeatures(of: try #require(Volume(geometry: whole.geometry, voxels: voxels)))[.constantSlices] == 0)
  }

  @Test(arguments: [5.0, 20, 60]) func noiseIsMeasured(_ noise: Double) throws {
    let measured = try #require(imageFeatures(of: try SyntheticBody(noise: noise).volume())[.noise])
    #expect(abs(measured - noise) < 0.3 * noise + 1, "\(measured), expected \(noise)")
  }

  @Test func aShiftedScaleMovesTheFat() throws {
    let volume = try SyntheticBody().volume()
    let shifted = try #require(Volume(geometry: volume.geometry, voxels: volume.voxels.map { $0 + 60 }))
    let fat = try [volume, shifted].map { try #require(imageFeatures(of: $0)[.fat]) }
    #expect(abs(fat[0] + 110) < 10 && abs(fat[1] - fat[0] - 60) <= 3, "\(fat)")
    #expect(try kinds(shifted, [.fat: ReferenceRange(low: -120, high: -90)]) == [.quality])
  }

  @Test func rangesOfABundleRaiseTheirOwnDoubts() throws {
    let volume = try SyntheticBody().volume()
    #expect(try kinds(volume, [.noise: ReferenceRange(low: 20, high: 40)]) == [.quality])
    #expect(try kinds(volume, [.lungShare: ReferenceRange(low: nil, high: 0.001)]) == [.bodyPart])
    #expect(try kinds(volume, [.extentAlong: ReferenceRange(low: 300, high: 500)]) == [.fieldOfView])
    let finding = InputChecks(references: [.noise: ReferenceRange(low: 20, high: 40)])
      .findings(in: try imageFeatures(of: volume)).first
    #expect(finding?.sentence.hasPrefix("The image is unusually noisy or smooth: noise 1") == true)
    #expect(finding?.sentence.hasSuffix(" HU (usually 20 to 40).") == true)
  }

  @Test func littleBodyIsNotJudged() throws {
    let tiny = try SyntheticBody(mirrored: .frontBack, millimetres: 1).volume()
    #expect(try InputChecks().findings(in: imageFeatures(of: tiny)).isEmpty)
    #expect(try InputChecks().unjudged(in: imageFeatures(of: tiny)).count == 3)
  }

  /// d = change / median of the four others among the five nearest, by the definition.
  @Test func largestJumpFollowsItsDefinition() {
    #expect(RunFeatures.largestJump(in: [2, 2, 2, 12, 2, 2, 2]) == 6)
    #expect(RunFeatures.largestJump(in: [10, 2, 2, 2, 2]) == 5)
    #expect(RunFeatures.largestJump(in: [1, 2, 3, 4]) == nil)
    #expect(RunFeatures.largestJump(in: [0, 0, 0, 0, 0, 9]) == 1)
  }

  @Test func distancesAreInWidthsOfTheRange() {
    #expect(ReferenceRange(low: 10, high: 20).distance(of: 25) == 0.5)
    #expect(ReferenceRange(low: 10, high: 20).distance(of: 15) == 0)
    #expect(ReferenceRange(low: 10, high: nil).distance(of: 7) == 3)
    #expect(ReferenceRange(low: nil, high: 3).distance(of: 7) == 4)
  }
}
