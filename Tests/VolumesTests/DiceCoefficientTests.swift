import Testing
import Volumes

@Suite struct DiceCoefficientTests {
  private func row(_ labels: [UInt8]) throws -> LabelMap {
    let size = try #require(VolumeSize(x: labels.count, y: 1, z: 1))
    return try #require(LabelMap(size: size, labels: labels))
  }

  @Test func equalMasksGiveOneAndDisjointMasksZero() throws {
    let a = try row([1, 0, 1, 0])
    let b = try row([0, 1, 0, 1])
    #expect(diceCoefficient(a, a) == 1)
    #expect(diceCoefficient(a, b) == 0)
  }

  @Test func twoEmptyMasksAgreeAndOneEmptyMaskDoesNot() throws {
    let empty = try row([0, 0, 0])
    #expect(diceCoefficient(empty, empty) == 1)
    #expect(try diceCoefficient(empty, row([0, 1, 0])) == 0)
  }

  @Test func everyLabelCountsAsForeground() throws {
    #expect(try diceCoefficient(row([2, 0, 7]), row([1, 1, 0])) == 0.5)
  }

  @Test func aBoxLeavesEverythingOutsideOfItOut() throws {
    let (a, b) = (try row([1, 1, 0, 1]), try row([0, 1, 0, 0]))
    let inside = try #require(VoxelBox(x: 1..<3, y: 0..<1, z: 0..<1))
    #expect(diceCoefficient(a, b, within: inside) == 1)
    let outside = try #require(VoxelBox(x: 1..<5, y: 0..<1, z: 0..<1))
    #expect(diceCoefficient(a, b, within: outside) == nil)
  }

  @Test func differentSizesHaveNoCoefficient() throws {
    #expect(try diceCoefficient(row([1, 0]), row([1, 0, 0])) == nil)
  }

  @Test func randomMasksAgreeWithTheFormulaOnSetsInBothDirections() throws {
    var generator = MaskGenerator(seed: 11)
    for size in try MaskGenerator.sizes() {
      for density in [0.05, 0.5, 0.95] {
        let (a, b) = (generator.mask(size, density: density), generator.mask(size, density: 0.5))
        let (inA, inB) = (
          Set(a.labels.indices.filter { a.labels[$0] != 0 }), Set(b.labels.indices.filter { b.labels[$0] != 0 })
        )
        let total = inA.count + inB.count
        let expected = total == 0 ? 1 : 2 * Double(inA.intersection(inB).count) / Double(total)
        #expect(diceCoefficient(a, b) == expected)
        #expect(diceCoefficient(b, a) == expected)
        #expect(a.foregroundCount == inA.count)
        #expect(a.isEmpty == inA.isEmpty)
      }
    }
  }
}
