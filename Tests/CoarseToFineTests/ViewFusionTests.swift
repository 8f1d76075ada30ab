import Testing
import Volumes

@testable import CoarseToFine

@Suite struct ViewFusionTests {
  /// Fuses one voxel from the three views' probabilities.
  private func fuse(_ coronal: Float, _ sagittal: Float, _ axial: Float) throws -> ViewFusion {
    var fusion = ViewFusion(size: try volumeSize(1, 1, 1))
    let box = try #require(BoundingBox(rows: 0..<1, columns: 0..<1))
    for (view, value) in zip(View.allCases, [coronal, sagittal, axial]) {
      let plane = try #require(try paperPlanes().first { $0.view == view })
      [value].withUnsafeBufferPointer { fusion.add(plane, slice: 0, box: box, probabilities: $0) }
    }
    return fusion
  }

  @Test func majorityNeedsTwoViewsAtOneHalfOrMore() throws {
    let cases: [(Float, Float, Float, UInt8)] = [
      (0.5, 0.5, 0, 1), (0.5, 0, 0.5, 1), (0, 0.5, 0.5, 1), (1, 1, 1, 1), (1, 0.49999997, 0.49999997, 0),
      (0, 0, 1, 0), (0, 1, 0, 0), (0, 0, 0, 0),
    ]
    for (coronal, sagittal, axial, expected) in cases {
      #expect(try fuse(coronal, sagittal, axial).mask(.majority).labels == [expected])
    }
  }

  @Test func meanNeedsOneHalfOnAverage() throws {
    let cases: [(Float, Float, Float, UInt8)] = [
      (1, 0.25, 0.25, 1), (1, 0.5, 0, 1), (0.5, 0.5, 0.4999999, 0), (0.6, 0.6, 0, 0), (0.5, 0.5, 0.5, 1),
    ]
    for (coronal, sagittal, axial, expected) in cases {
      #expect(try fuse(coronal, sagittal, axial).mask(.mean).labels == [expected])
    }
  }

  @Test func probabilityIsTheRoundedMeanAndSplitsAt128AsTheMeanMaskDoes() throws {
    #expect(try fuse(0, 0, 0).probability() == [0])
    #expect(try fuse(1, 1, 1).probability() == [255])
    var generator = SeededGenerator(seed: 41)
    for trial in 0..<3000 {
      // Half of the trials close to a mean of 0.5, where rounding decides.
      let span: ClosedRange<Float> = trial % 2 == 0 ? 0...1 : 0.499999...0.500001
      let p = (0..<3).map { _ in Float.random(in: span, using: &generator) }
      let fusion = try fuse(p[0], p[1], p[2])
      let probability = try #require(fusion.probability().first)
      #expect(probability == UInt8(((p[0] + p[1] + p[2]) / 3 * 255).rounded()))
      #expect((probability >= 128) == (fusion.mask(.mean).labels == [1]), "\(p)")
    }
  }

  @Test func answersThatAreNoProbabilitiesNeverTrap() throws {
    #expect(try fuse(.nan, 1, 1).probability() == [0])
    #expect(try fuse(.infinity, 0, 0).probability() == [255])
    #expect(try fuse(-.infinity, 0, 0).probability() == [0])
    #expect(try fuse(-3, 0, 0).probability() == [0])
    #expect(try fuse(.nan, 1, 1).mask(.majority).labels == [1])
    #expect(try fuse(.nan, 1, 1).mask(.mean).labels == [0])
  }

  @Test(arguments: allPlanes) func slicesLandWhereThePlaneSaysAndOnlyTheBoxIsRead(_ plane: SlicePlane) throws {
    let size = try volumeSize(4, 5, 3)
    let pixels = plane.sliceSize(in: size)
    let box = try #require(BoundingBox(rows: 1..<pixels.rows, columns: 0..<pixels.columns - 1))
    var fusion = ViewFusion(size: size)
    var expected = [UInt8](repeating: 0, count: size.voxelCount)
    for slice in 0..<plane.sliceCount(in: size) {
      let values = (0..<pixels.pixelCount).map { Float(($0 + slice) % 7) / 6 }
      values.withUnsafeBufferPointer { fusion.add(plane, slice: slice, box: box, probabilities: $0) }
      for row in box.rows {
        for column in box.columns where values[row * pixels.columns + column] >= 0.5 {
          expected[plane.offset(slice: slice, row: row, column: column, in: size)] = 1
        }
      }
    }
    #expect(fusion.viewMasks?.mask(of: plane.view).labels == expected)
    fusion.reset(for: .fine)
    #expect(fusion.viewMasks?.bits.contains { $0 != 0 } == false)
    #expect(!fusion.probability().contains { $0 != 0 })
  }
}

@Suite struct ViewMasksTests {
  @Test func agreementIsTheDiceOfEachPairOfViews() throws {
    var generator = SeededGenerator(seed: 42)
    for size in try volumeSizes() {
      let bits = (0..<size.voxelCount).map { _ in UInt8.random(in: 0..<8, using: &generator) }
      let masks = try #require(ViewMasks(size: size, bits: bits))
      let agreement = masks.agreement
      let (c, s, a) = (masks.mask(of: .coronal), masks.mask(of: .sagittal), masks.mask(of: .axial))
      #expect(agreement.coronalSagittal == diceCoefficient(c, s))
      #expect(agreement.coronalAxial == diceCoefficient(c, a))
      #expect(agreement.sagittalAxial == diceCoefficient(s, a))
      #expect(agreement.minimum <= agreement.mean)
    }
  }

  @Test func viewsThatFindNothingAgreeFully() throws {
    let masks = try #require(ViewMasks(size: volumeSize(2, 2, 2), bits: [UInt8](repeating: 0, count: 8)))
    #expect(masks.agreement.mean == 1 && masks.agreement.minimum == 1)
  }

  @Test func anotherNumberOfVoxelsIsRefused() throws {
    #expect(ViewMasks(size: try volumeSize(2, 2, 2), bits: [0, 0, 0]) == nil)
  }
}
