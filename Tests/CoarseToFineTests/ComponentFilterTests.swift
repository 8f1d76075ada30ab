import Testing
import Volumes

@testable import CoarseToFine

@Suite struct ComponentFilterTests {
  private func row(_ labels: [UInt8]) throws -> LabelMap {
    try #require(LabelMap(size: volumeSize(labels.count, 1, 1), labels: labels))
  }

  @Test func islandsBelowTheRatioVanish() throws {
    let mask = try row([1, 1, 1, 0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0])
    let filtered = ComponentFilter(ratio: 0.5).apply(to: mask)
    #expect(try filtered == row([1, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0]))
  }

  @Test func emptyMaskStaysEmpty() throws {
    let mask = try row([0, 0, 0])
    #expect(ComponentFilter(ratio: 0.5).apply(to: mask) == mask)
  }

  @Test func masksOfHalfTheVolumeOrMoreAreLeftAlone() throws {
    let half = try row([1, 1, 1, 0, 1, 0, 0, 0])
    #expect(ComponentFilter(ratio: 0.5).apply(to: half) == half)
    let justBelow = try row([1, 1, 1, 0, 1, 0, 0, 0, 0])
    #expect(try ComponentFilter(ratio: 0.5).apply(to: justBelow) == row([1, 1, 1, 0, 0, 0, 0, 0, 0]))
  }
}
