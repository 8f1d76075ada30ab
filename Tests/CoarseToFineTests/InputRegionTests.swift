import CoarseToFine
import Testing
import Volumes

@Suite struct InputRegionTests {
  /// Foreground pixels of one slice, or of it and its neighbours, one look at a time.
  private func foreground(
    _ mask: LabelMap, _ plane: SlicePlane, _ slice: Int, _ neighbourhood: InputRegion.Neighbourhood
  ) -> [(row: Int, column: Int)] {
    let pixels = plane.sliceSize(in: mask.size)
    let reach = neighbourhood == .ownSlice ? 0 : 1
    return (slice - reach...slice + reach).filter { (0..<plane.sliceCount(in: mask.size)).contains($0) }
      .flatMap { slice in
        (0..<pixels.rows).flatMap { row in
          (0..<pixels.columns).compactMap { column in
            mask.labels[plane.offset(slice: slice, row: row, column: column, in: mask.size)] == 0
              ? nil : (row, column)
          }
        }
      }
  }

  @Test(arguments: allPlanes, InputRegion.Neighbourhood.allCases)
  func boxesAreTheSmallestAroundTheForegroundPlusMarginInsideTheSlice(
    _ plane: SlicePlane, _ neighbourhood: InputRegion.Neighbourhood
  ) throws {
    var generator = SeededGenerator(seed: 21)
    for size in try volumeSizes() {
      for density in [0, 0.02, 0.2, 1] {
        let mask = generator.mask(size, density: density)
        let pixels = plane.sliceSize(in: size)
        let region = InputRegion(enclosing: mask)
        for margin in [0, 1, 3, 1024] {
          let boxes = region.boxes(in: plane, neighbourhood: neighbourhood, margin: margin)
          #expect(boxes.count == plane.sliceCount(in: size))
          for (slice, box) in boxes.enumerated() {
            let found = foreground(mask, plane, slice, neighbourhood)
            guard let box else {
              #expect(found.isEmpty, "slice \(slice) of \(size) skipped in spite of foreground")
              continue
            }
            let (rows, columns) = (found.map(\.row), found.map(\.column))
            #expect(try box.rows.lowerBound == max(0, #require(rows.min()) - margin))
            #expect(try box.rows.upperBound == min(pixels.rows, #require(rows.max()) + 1 + margin))
            #expect(try box.columns.lowerBound == max(0, #require(columns.min()) - margin))
            #expect(try box.columns.upperBound == min(pixels.columns, #require(columns.max()) + 1 + margin))
          }
        }
      }
    }
  }

  @Test func onlyTheNeighbourhoodOfTheForegroundIsLookedAt() throws {
    let size = try volumeSize(6, 6, 7)
    var mask = LabelMap(empty: size)
    mask.labels[(3 * 6 + 2) * 6 + 4] = 9
    let axial = try #require(SlicePlane(view: .axial, rowAxis: .y, columnAxis: .x))
    let region = InputRegion(enclosing: mask)
    let pixel = try #require(BoundingBox(rows: 2..<3, columns: 4..<5))
    #expect(region.boxes(in: axial, neighbourhood: .ownSlice, margin: 0) == [nil, nil, nil, pixel, nil, nil, nil])
    #expect(
      region.boxes(in: axial, neighbourhood: .unionOfNeighbours, margin: 0)
        == [nil, nil, pixel, pixel, pixel, nil, nil])
  }

  @Test func everythingButZeroIsForegroundUpToTheBorder() throws {
    let size = try volumeSize(10, 3, 2)
    var mask = LabelMap(empty: size)
    (mask.labels[0], mask.labels[59]) = (255, 3)
    let axial = try #require(SlicePlane(view: .axial, rowAxis: .y, columnAxis: .x))
    let boxes = InputRegion(enclosing: mask).boxes(in: axial, neighbourhood: .unionOfNeighbours, margin: 0)
    #expect(boxes == [BoundingBox](repeating: try #require(BoundingBox(rows: 0..<3, columns: 0..<10)), count: 2))
  }
}
