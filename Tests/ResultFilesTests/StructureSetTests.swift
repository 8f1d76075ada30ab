import DicomSeries
import Foundation
import Testing
import Volumes

@testable import ResultFiles

/// Even-odd rasterising at pixel centres: the slow twin, straight from the definition.
private func rasterised(_ polygons: [[SIMD2<Double>]], columns: Int, rows: Int) -> [UInt8] {
  var plane = [UInt8](repeating: 0, count: rows * columns)
  for polygon in polygons {
    for row in 0..<rows {
      for column in 0..<columns {
        var crossings = 0
        for index in polygon.indices {
          let (a, b) = (polygon[index], polygon[(index + 1) % polygon.count])
          let y = Double(row)
          guard (a.y > y) != (b.y > y) else { continue }
          if a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x) > Double(column) { crossings += 1 }
        }
        plane[row * columns + column] ^= UInt8(crossings & 1)
      }
    }
  }
  return plane
}

@Suite struct SliceContoursTests {
  @Test(arguments: [(1, 1), (1, 7), (7, 1), (2, 2), (13, 11), (31, 29)], [20, 50, 80])
  func rasterisingGivesTheMaskBack(_ extent: (Int, Int), _ share: Int) throws {
    for seed in 0..<3 {
      let size = try #require(VolumeSize(x: extent.0, y: extent.1, z: 2))
      let mask = randomMask(size, seed: UInt64(seed), share: share)
      for z in 0..<2 {
        let plane = extent.0 * extent.1
        let found = rasterised(SliceContours(of: mask, slice: z).polygons, columns: extent.0, rows: extent.1)
        #expect(found == Array(mask.labels[(z * plane)..<((z + 1) * plane)]), "seed \(seed), slice \(z)")
      }
    }
  }

  @Test func ringIsOnePolygonAndDiagonalNeighboursAreTwo() throws {
    let size = try #require(VolumeSize(x: 5, y: 5, z: 1))
    var ring = LabelMap(empty: size)
    for y in 0..<5 { for x in 0..<5 where (x, y) != (2, 2) { ring.labels[y * 5 + x] = 1 } }
    #expect(SliceContours(of: ring, slice: 0).polygons.count == 1)
    var pair = LabelMap(empty: size)
    pair.labels[6] = 1
    pair.labels[12] = 1
    #expect(SliceContours(of: pair, slice: 0).polygons.count == 2)
    #expect(SliceContours(of: LabelMap(empty: size), slice: 0).polygons.isEmpty)
  }
}

@Suite struct StructureSetTests {
  /// From the file's own coordinates alone: back to voxels, then compared, in an oblique left-handed grid too.
  @Test(arguments: [1.0, -1.0]) func contoursComeBackAsTheMask(_ hand: Double) throws {
    let (c, s) = (cos(0.3), sin(0.3))
    let geometry = try testGeometry(
      (13, 11, 5), direction: [SIMD3(c, s, 0), SIMD3(-s, c, 0), SIMD3(0, 0, hand)])
    let mask = randomMask(geometry.size, seed: 5, share: 70)
    let object = try DerivedObject(series: testSeries(5), geometry: geometry, organ: pancreas, origin: testOrigin)
    let folder = try TemporaryFolder()
    #expect(try StructureSet.write(mask: mask, of: object, to: folder.path + "/rt.dcm"))
    let file = try ParsedDicom(folder.bytes("rt.dcm"))
    let contours = try #require(file.dataSet[0x3006_0039]?.items.first?[0x3006_0040]).items
    var slices: [Int: [[SIMD2<Double>]]] = [:]
    for contour in contours {
      let numbers = try #require(contour[0x3006_0050]).numbers
      #expect(contour[0x3006_0046]?.text == "\(numbers.count / 3)" && contour[0x3006_0042]?.text == "CLOSED_PLANAR")
      let points = stride(from: 0, to: numbers.count, by: 3).map {
        geometry.index(ofPosition: SIMD3(numbers[$0], numbers[$0 + 1], numbers[$0 + 2]))
      }
      let z = Int((points.first?.z ?? -1).rounded())
      #expect(points.allSatisfy { abs($0.z - Double(z)) < 1e-3 })
      let image = contour[0x3006_0016]?.items.first?[0x0008_1155]?.text
      #expect(image == "1.2.3.6.\(z + 1)")
      slices[z, default: []].append(points.map { SIMD2($0.x, $0.y) })
    }
    for z in 0..<5 {
      let found = rasterised(slices[z] ?? [], columns: 13, rows: 11)
      #expect(found == Array(mask.labels[(z * 143)..<((z + 1) * 143)]), "slice \(z)")
    }
    #expect(file.meta[0x0002_0010]?.text == "1.2.840.10008.1.2")
  }
}
