import Foundation
import ImageFiles
import Testing
import Volumes

@testable import ResultFiles

@Suite struct SurfaceTests {
  /// An ellipsoid off the centre of the grid.
  private func ellipsoid(_ geometry: VolumeGeometry) -> LabelMap {
    var mask = LabelMap(empty: geometry.size)
    let (centre, radius) = (SIMD3(16.0, 12, 11), SIMD3(9.0, 7, 6))
    for z in 0..<geometry.size.z {
      for y in 0..<geometry.size.y {
        for x in 0..<geometry.size.x {
          let share = (SIMD3(Double(x), Double(y), Double(z)) - centre) / radius
          if (share * share).sum() <= 1 { mask.labels[(z * geometry.size.y + y) * geometry.size.x + x] = 1 }
        }
      }
    }
    return mask
  }

  @Test(arguments: [1.0, -1.0]) func surfaceIsClosedPointsOutwardAndHoldsTheVolume(_ hand: Double) throws {
    let geometry = try testGeometry(
      (30, 26, 22), spacing: SIMD3(1, 1.1, 1.2), direction: [SIMD3(0, hand, 0), SIMD3(1, 0, 0), SIMD3(0, 0, -1)])
    let mask = ellipsoid(geometry)
    let net = SurfaceNet(mask: mask, geometry: geometry)
    let expected = Double(mask.foregroundCount) * geometry.voxelMillilitres
    #expect(net.millilitres > 0, "normals point inward")
    #expect(abs(net.millilitres / expected - 1) < 0.03, "\(net.millilitres) mL of \(expected)")
    // The mean of a symmetric shape's corners is its centre, wherever the axes point.
    let mean = net.corners.reduce(SIMD3<Double>(), +) / Double(net.corners.count)
    let offset = mean - geometry.position(ofIndex: SIMD3(16, 12, 11))
    #expect((offset * offset).sum().squareRoot() < 0.01, "centre off by \(offset)")
  }

  /// Every edge is passed as often one way as the other, for any mask, at its border too.
  @Test(arguments: 0..<6) func everyEdgeIsPassedBothWays(_ seed: Int) throws {
    let geometry = try testGeometry((5, 4, 3))
    let net = SurfaceNet(mask: randomMask(geometry.size, seed: UInt64(seed)), geometry: geometry)
    var passes: [SIMD2<Int32>: Int] = [:]
    for t in net.triangles {
      for (a, b) in [(t.x, t.y), (t.y, t.z), (t.z, t.x)] {
        passes[SIMD2(min(a, b), max(a, b)), default: 0] += a < b ? 1 : -1
      }
    }
    #expect(!passes.isEmpty && passes.values.allSatisfy { $0 == 0 })
  }

  @Test func fileHoldsWhatItAnnounces() throws {
    let geometry = try testGeometry((5, 4, 3))
    let folder = try TemporaryFolder()
    let mask = randomMask(geometry.size, seed: 2)
    #expect(try SurfaceFile.write(mask: mask, geometry: geometry, to: folder.path + "/s.ply"))
    let bytes = try folder.bytes("s.ply")
    let net = SurfaceNet(mask: mask, geometry: geometry)
    let end = Array("end_header\n".utf8)
    let start = try #require(bytes.indices.first { Array(bytes[$0...].prefix(end.count)) == end })
    #expect(bytes.count - start - end.count == 12 * net.corners.count + 13 * net.triangles.count)
    #expect(String(decoding: bytes[..<start], as: UTF8.self).contains("research use, not for diagnosis"))
  }
}

@Suite struct MaskStatisticsTests {
  @Test func figuresAreThoseOfTheFormula() throws {
    let geometry = try testGeometry((3, 2, 2), spacing: SIMD3(1, 2, 5))
    let voxels: [Int16] = [-1000, 40, 60, 0, 0, 0, 0, 0, 0, 0, 0, 110]
    let volume = try #require(Volume(geometry: geometry, voxels: voxels))
    var mask = LabelMap(empty: geometry.size)
    for index in [1, 2, 11] { mask.labels[index] = 1 }
    let found = try #require(MaskStatistics(mask: mask, volume: volume))
    #expect(found.voxels == 3 && abs(found.millilitres - 0.03) < 1e-12 && found.meanHU == 70)
    #expect(abs(try #require(found.sdHU) - 1300.0.squareRoot()) < 1e-9 && found.touchesBorder)
    let lines = found.csv(label: 1, name: "pan\"creas").split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[1].hasPrefix("1,\"pan\"\"creas\",3,0.030,70.000,36.056,1,"))
  }

  @Test func emptyMaskHasNoMean() throws {
    let geometry = try testGeometry((3, 3, 3))
    let volume = try #require(Volume(geometry: geometry, voxels: [Int16](repeating: 5, count: 27)))
    let found = try #require(MaskStatistics(mask: LabelMap(empty: geometry.size), volume: volume))
    #expect(found.meanHU == nil && found.sdHU == nil && !found.touchesBorder)
    #expect(found.csv(label: 1, name: "a").contains("1,\"a\",0,0.000,,,0,"))
    var inner = LabelMap(empty: geometry.size)
    inner.labels[13] = 1
    #expect(MaskStatistics(mask: inner, volume: volume)?.touchesBorder == false)
  }
}

@Suite struct NRRDOutputTests {
  @Test func headerSaysWhereAndWhat() throws {
    let geometry = try testGeometry((3, 2, 4), direction: [SIMD3(0, 1, 0), SIMD3(-1, 0, 0), SIMD3(0, 0, 1)])
    let folder = try TemporaryFolder()
    var mask = LabelMap(empty: geometry.size)
    mask.labels[7] = 1
    #expect(
      try SegmentationNRRD.write(mask: mask, geometry: geometry, organ: pancreas, to: folder.path + "/m.seg.nrrd"))
    let bytes = try folder.bytes("m.seg.nrrd")
    let end = try #require(bytes.indices.dropLast().first { bytes[$0] == 10 && bytes[$0 + 1] == 10 })
    let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n").map(String.init)
    for line in [
      "NRRD0005", "space: left-posterior-superior", "sizes: 3 2 4", "space origin: (-50.0,20.0,300.0)",
      "space directions: (0.0,0.7,0.0) (-0.8,0.0,0.0) (0.0,0.0,2.5)", "Segment0_Name:=pancreas",
      "Segment0_Extent:=1 1 0 0 1 1", "Segment0_Color:=0.235294 0.588235 0.313725",
      "Segment0_Tags:=TerminologyEntry:Segmentation category and type - DICOM master list"
        + "~SCT^123037004^Anatomical Structure~SCT^15776009^Pancreas~^^~Anatomic codes - DICOM master list~^^~^^|",
    ] { #expect(lines.contains(line), "\(line)") }
    #expect(Array(bytes[(end + 2)..<(end + 4)]) == [0x1F, 0x8B], "a gzip stream follows the empty line")
  }
}
