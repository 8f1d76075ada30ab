import Testing
import Volumes

@testable import Pictures

@Suite struct LevelTilesTests {
  @Test func levelsAreEvenDistinctAndInside() {
    #expect(LevelTiles.levels(of: 10..<11) == [10])
    #expect(LevelTiles.levels(of: 10..<14) == [10, 11, 12, 13])
    #expect(LevelTiles.levels(of: 0..<60) == [5, 15, 25, 35, 45, 55])
    for count in 1...40 {
      let levels = LevelTiles.levels(of: 7..<7 + count)
      #expect(Set(levels).count == min(6, count) && levels.allSatisfy { (7..<7 + count).contains($0) })
    }
  }

  /// The organ's surroundings stand where they stand in the patient, for every order and flip of the axes.
  @Test(arguments: PatientBox.Orientation.all) func organLiesInTheMiddleAndTheMarkAtItsSide(
    orientation: PatientBox.Orientation
  ) throws {
    let box = try PatientBox(orientation)
    let place = PatientBox.centre + SIMD3(3, -3, 3)
    // Left of, behind and above the organ.
    let mark = place + SIMD3(15, 15, 15)
    let organ = box.map { position in (0..<3).allSatisfy { abs(position[$0] - place[$0]) < 5 } }
    // A wall to the left, one behind, one above, each as bright as no other.
    let voxels = box.map { position -> Int16 in
      position.x > mark.x ? 240 : position.y > mark.y ? 140 : position.z > mark.z ? 40 : -1000
    }
    let volume = try #require(Volume(geometry: box.geometry, voxels: voxels))
    let mask = try #require(LabelMap(size: box.geometry.size, labels: organ.map { $0 ? 1 : 0 }))
    let tiles = LevelTiles(try OverlayRenderer(volume: volume, mask: mask)).tiles
    #expect(tiles.map(\.view) == [View.axial, .coronal, .sagittal].flatMap { [$0, $0, $0, $0] })
    for tile in tiles {
      #expect(tile.image.rows == LevelTiles.extent && tile.image.columns == LevelTiles.extent)
      let middle = LevelTiles.extent / 2
      let right = try #require(tile.image.colour(row: middle, column: LevelTiles.extent - 24)).red
      let bottom = try #require(tile.image.colour(row: LevelTiles.extent - 24, column: middle)).red
      let top = try #require(tile.image.colour(row: 24, column: middle)).red
      switch tile.view {
      case .axial: #expect(right > 240 && (170...190).contains(bottom) && top == 0, "\(right) \(bottom) \(top)")
      case .coronal: #expect(right > 240 && (95...115).contains(top) && bottom == 0, "\(right) \(bottom) \(top)")
      case .sagittal: #expect((170...190).contains(right) && (95...115).contains(top), "\(right) \(bottom) \(top)")
      }
      let pixels = stride(from: 0, to: tile.image.rgb.count, by: 3).map { tile.image.rgb[$0..<$0 + 3] }
      #expect(pixels.contains { Int($0[$0.startIndex]) - Int($0[$0.startIndex + 2]) > 150 }, "no outline")
    }
    let montage = try #require(LevelTiles(try OverlayRenderer(volume: volume, mask: mask)).montage(title: "Organ"))
    #expect(montage.columns == 6 * 244 + 4)
  }

  @Test func emptyMaskHasNoTiles() throws {
    let box = try PatientBox(PatientBox.Orientation.all[0])
    let volume = try #require(Volume(geometry: box.geometry, voxels: box.map { _ in 0 }))
    let tiles = LevelTiles(try OverlayRenderer(volume: volume, mask: LabelMap(empty: box.geometry.size)))
    #expect(tiles.tiles.isEmpty && tiles.montage(title: "organ") == nil)
  }
}
