import Testing
import Volumes

@Suite struct BoundingBoxTests {
  private let slice = SliceSize(rows: 10, columns: 8)

  @Test func emptyRangesAreNoBox() {
    #expect(BoundingBox(rows: 3..<3, columns: 0..<1) == nil)
    #expect(BoundingBox(rows: 0..<1, columns: 5..<5) == nil)
    #expect(BoundingBox(wholeOf: SliceSize(rows: 0, columns: 4)) == nil)
    #expect(BoundingBox(wholeOf: SliceSize(rows: 4, columns: -1)) == nil)
  }

  @Test func wholeSliceHasTheSizeOfTheSlice() throws {
    let box = try #require(BoundingBox(wholeOf: slice))
    #expect(box.size == slice)
    #expect(box.lies(within: slice))
  }

  @Test func marginIsAddedOnEverySideAndClipped() throws {
    let box = try #require(BoundingBox(rows: 4..<6, columns: 1..<3))
    #expect(box.expanded(by: 0, within: slice) == box)
    #expect(box.expanded(by: 2, within: slice) == BoundingBox(rows: 2..<8, columns: 0..<5))
    #expect(box.expanded(by: 30, within: slice) == BoundingBox(wholeOf: slice))
  }

  @Test func marginsBeyondAllNumbersReachTheBorder() throws {
    let box = try #require(BoundingBox(rows: 4..<6, columns: 1..<3))
    #expect(box.expanded(by: .max, within: slice) == BoundingBox(wholeOf: slice))
    #expect(box.expanded(by: .min, within: slice) == box)
  }

  @Test func boxesOutsideTheSliceExpandToNothing() throws {
    let below = try #require(BoundingBox(rows: 10..<12, columns: 0..<1))
    let huge = try #require(BoundingBox(rows: Int.max - 1..<Int.max, columns: 0..<1))
    #expect(below.expanded(by: 5, within: slice) == nil)
    #expect(huge.expanded(by: .max, within: slice) == nil)
    #expect(!below.lies(within: slice))
  }

  @Test func unionIsTheSmallestBoxAroundBoth() throws {
    let a = try #require(BoundingBox(rows: 1..<2, columns: 6..<7))
    let b = try #require(BoundingBox(rows: 4..<6, columns: 1..<3))
    #expect(a.union(b) == BoundingBox(rows: 1..<6, columns: 1..<7))
    #expect(b.union(a) == a.union(b))
    #expect(a.union(a) == a)
  }
}
