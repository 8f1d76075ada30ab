import DicomSeries
import Foundation
import ImageFiles
import Testing
import Volumes

@testable import ResultFiles

/// A box off the centre of the patient, seen through each of the 48 axis orders and flips: its centroid in every output
/// format, computed from the file's own geometry. `make check-outputs` asks other programs the same.
@Suite struct OutputGeometryTests {
  private static let tolerance = 0.01

  @Test(arguments: AxisOrder.all) func centroidIsTheBoxesInEveryFormat(_ order: AxisOrder) throws {
    let (c, s) = (cos(0.3), sin(0.3))
    let upright = try testGeometry(
      (12, 10, 8), spacing: SIMD3(1, 1.5, 2.5), direction: [SIMD3(c, s, 0), SIMD3(-s, c, 0), SIMD3(0, 0, 1)])
    let expected = upright.position(ofIndex: SIMD3(4.5, 3, 3.5))
    let geometry = upright.reordered(by: order)
    let mask = LabelMap(
      size: geometry.size,
      labels: geometry.voxels { position in
        let index = upright.index(ofPosition: position)
        return (2.9...6.1).contains(index.x) && (1.9...4.1).contains(index.y) && (1.9...5.1).contains(index.z) ? 1 : 0
      })
    let box = try #require(mask)
    #expect(box.foregroundCount == 4 * 3 * 4)
    let object = try DerivedObject(
      series: testSeries(geometry.size.z), geometry: geometry, organ: pancreas, origin: testOrigin)
    let folder = try TemporaryFolder()
    _ = try DicomSegmentation.write(mask: box, of: object, to: folder.path + "/seg")
    _ = try StructureSet.write(mask: box, of: object, to: folder.path + "/rt")
    try NRRD.write(labels: box, geometry: geometry, to: folder.path + "/nrrd")
    let found = [
      "SEG": try segmentationCentroid(ParsedDicom(folder.bytes("seg"))),
      "RTSTRUCT": try contourCentroid(ParsedDicom(folder.bytes("rt"))),
      "NRRD": try headerCentroid(folder.bytes("nrrd"), mask: box),
      "surface": surfaceCentroid(SurfaceNet(mask: box, geometry: geometry)),
    ]
    for (format, centroid) in found {
      let step = centroid - expected
      #expect((step * step).sum().squareRoot() < Self.tolerance, "\(format): off by \(step) mm")
    }
  }

  private func segmentationCentroid(_ file: ParsedDicom) throws -> SIMD3<Double> {
    let shared = try #require(file.dataSet[0x5200_9229]?.items.first)
    let ways = try #require(shared[0x0020_9116]?.items.first?[0x0020_0037]).numbers
    let spacing = try #require(shared[0x0028_9110]?.items.first?[0x0028_0030]).numbers
    let pixels = try #require(file.dataSet[0x7FE0_0010]).value
    let rows = Int(file.dataSet[0x0028_0010]?.value.first ?? 0)
    let columns = Int(file.dataSet[0x0028_0011]?.value.first ?? 0)
    var (sum, count) = (SIMD3<Double>(), 0.0)
    for (number, frame) in try #require(file.dataSet[0x5200_9230]).items.enumerated() {
      let corner = try #require(frame[0x0020_9113]?.items.first?[0x0020_0032]).numbers
      for pixel in 0..<rows * columns {
        let bit = number * rows * columns + pixel
        guard pixels[bit / 8] >> UInt8(bit % 8) & 1 == 1 else { continue }
        let (row, column) = (Double(pixel / columns), Double(pixel % columns))
        let along = SIMD3(ways[0], ways[1], ways[2]) * column * spacing[1]
        let down = SIMD3(ways[3], ways[4], ways[5]) * row * spacing[0]
        sum += SIMD3(corner[0], corner[1], corner[2]) + along + down
        count += 1
      }
    }
    return sum / count
  }

  /// The boxes' contours are symmetric, so the mean of their corners is the centre.
  private func contourCentroid(_ file: ParsedDicom) throws -> SIMD3<Double> {
    let contours = try #require(file.dataSet[0x3006_0039]?.items.first?[0x3006_0040]).items
    let numbers = try contours.flatMap { try #require($0[0x3006_0050]).numbers }
    let points = stride(from: 0, to: numbers.count, by: 3).map {
      SIMD3(numbers[$0], numbers[$0 + 1], numbers[$0 + 2])
    }
    return points.reduce(SIMD3(), +) / Double(points.count)
  }

  private func headerCentroid(_ bytes: [UInt8], mask: LabelMap) throws -> SIMD3<Double> {
    let lines = String(decoding: bytes.prefix(2000), as: UTF8.self).split(separator: "\n")
    func vectors(_ field: String) throws -> [SIMD3<Double>] {
      let line = try #require(lines.first { $0.hasPrefix(field + ": ") }).dropFirst(field.count + 2)
      return line.split(separator: " ").map { vector in
        let numbers = vector.dropFirst().dropLast().split(separator: ",").compactMap { Double($0) }
        return SIMD3(numbers[0], numbers[1], numbers[2])
      }
    }
    let (ways, origin) = (try vectors("space directions"), try vectors("space origin")[0])
    var (sum, count) = (SIMD3<Double>(), 0.0)
    mask.forEachForegroundRun { run in
      for x in run.x {
        sum += origin + ways[0] * Double(x) + ways[1] * Double(run.y) + ways[2] * Double(run.z)
        count += 1
      }
    }
    return sum / count
  }

  private func surfaceCentroid(_ net: SurfaceNet) -> SIMD3<Double> {
    net.corners.reduce(SIMD3(), +) / Double(max(net.corners.count, 1))
  }
}

extension VolumeGeometry {
  /// One value a voxel, from its place.
  fileprivate func voxels<Value>(_ value: (SIMD3<Double>) -> Value) -> [Value] {
    (0..<size.voxelCount).map { index in
      let (x, y, z) = (index % size.x, index / size.x % size.y, index / (size.x * size.y))
      return value(position(ofIndex: SIMD3(Double(x), Double(y), Double(z))))
    }
  }
}
