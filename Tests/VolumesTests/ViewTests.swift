import Testing
import Volumes

@Suite struct ViewTests {
  /// Every way in which slices can lie in a volume: three views, each with its two other axes in either order.
  private static let planes: [SlicePlane] = View.allCases.flatMap { view in
    Axis.allCases.flatMap { row in
      Axis.allCases.compactMap { column in SlicePlane(view: view, rowAxis: row, columnAxis: column) }
    }
  }

  @Test func planesHaveThreeDifferentAxes() {
    #expect(Self.planes.count == 6)
    #expect(SlicePlane(view: .axial, rowAxis: .y, columnAxis: .y) == nil)
    #expect(SlicePlane(view: .axial, rowAxis: .z, columnAxis: .x) == nil)
    #expect(SlicePlane(view: .coronal, rowAxis: .x, columnAxis: .y) == nil)
  }

  @Test func viewsStackTheirSlicesAlongThePapersAxes() {
    #expect(View.allCases.map(\.sliceAxis) == [.y, .x, .z])
  }

  @Test(arguments: planes) func everyVoxelIsOnePixelOfOneSlice(_ plane: SlicePlane) throws {
    for size in try MaskGenerator.sizes() {
      var hits = [Int](repeating: 0, count: size.voxelCount)
      let slice = plane.sliceSize(in: size)
      for number in 0..<plane.sliceCount(in: size) {
        for row in 0..<slice.rows {
          for column in 0..<slice.columns {
            hits[plane.offset(slice: number, row: row, column: column, in: size)] += 1
          }
        }
      }
      #expect(hits.allSatisfy { $0 == 1 }, "\(plane) in \(size)")
    }
  }

  @Test(arguments: planes) func pixelsLieWhereTheAxesSay(_ plane: SlicePlane) throws {
    let size = try #require(VolumeSize(x: 4, y: 5, z: 6))
    var at: [Axis: Int] = [:]
    (at[plane.view.sliceAxis], at[plane.rowAxis], at[plane.columnAxis]) = (1, 2, 3)
    let (x, y, z) = try (#require(at[.x]), #require(at[.y]), #require(at[.z]))
    let expected = (z * 5 + y) * 4 + x
    #expect(plane.offset(slice: 1, row: 2, column: 3, in: size) == expected)
  }
}
