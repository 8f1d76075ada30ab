import Confidence
import Testing
import Volumes

/// A synthetic torso in numbers: an oval of fat and muscle with a spine at the back, lungs above, a liver on the right.
struct SyntheticBody {
  /// What is turned round while the geometry says that nothing was.
  enum Mirrored: CaseIterable { case nothing, leftRight, frontBack, headFeet }

  var mirrored = Mirrored.nothing
  var noise = 12.0
  var millimetres = 4.0
  var size = (x: 80, y: 60, z: 50)
  var seed: UInt64 = 3

  /// HU at a place of the patient, 0...1 to the left, to the back and to the head.
  private func hounsfield(_ left: Double, _ back: Double, _ head: Double) -> Double {
    func inside(_ x: Double, _ y: Double, _ z: Double, _ a: Double, _ b: Double, _ c: Double) -> Bool {
      let (dx, dy, dz) = ((left - x) / a, (back - y) / b, (head - z) / c)
      return dx * dx + dy * dy + dz * dz < 1
    }
    guard inside(0.5, 0.5, head, 0.45, 0.42, 1) else { return -1000 }
    if inside(0.5, 0.78, head, 0.06, 0.06, 1) { return 500 + 150 * (8 * head).truncatingRemainder(dividingBy: 1) }
    if inside(0.27, 0.45, 1.05, 0.16, 0.3, 0.3) || inside(0.73, 0.45, 1.05, 0.16, 0.3, 0.3) { return -800 }
    if inside(0.3, 0.42, 0.6, 0.2, 0.25, 0.3) { return 90 }
    if inside(0.72, 0.5, 0.65, 0.08, 0.12, 0.15) { return 110 }
    return inside(0.5, 0.5, head, 0.4, 0.37, 1) && !inside(0.5, 0.45, head, 0.32, 0.3, 1) ? 55 : -95
  }

  func volume() throws -> Volume {
    var generator = Seeded(seed)
    // The sum of four uniform numbers is near enough to a normal one; its standard deviation is sqrt(4 / 12).
    let normal = (0..<4096).map { _ in
      (0..<4).reduce(0.0) { sum, _ in sum + Double.random(in: -0.5...0.5, using: &generator) } * 3.0.squareRoot()
    }
    let (columns, rows, slices) = size
    let volumeSize = try #require(VolumeSize(x: columns, y: rows, z: slices))
    let geometry = try VolumeGeometry(
      size: volumeSize, spacing: SIMD3(repeating: millimetres), origin: .zero,
      direction: VolumeGeometry.identityDirection)
    var voxels: [Int16] = []
    for z in 0..<slices {
      for y in 0..<rows {
        for x in 0..<columns {
          func place(_ index: Int, _ count: Int, _ turned: Mirrored) -> Double {
            let place = (Double(index) + 0.5) / Double(count)
            return mirrored == turned ? 1 - place : place
          }
          let value = hounsfield(
            place(x, columns, .leftRight), place(y, rows, .frontBack), place(z, slices, .headFeet))
          voxels.append(Int16((value + noise * normal[Int(generator.next() % 4096)]).rounded()))
        }
      }
    }
    return try #require(Volume(geometry: geometry, voxels: voxels))
  }
}

/// What the input checks see of a volume.
func imageFeatures(of volume: Volume) throws -> RunFeatures {
  var features = try volume.voxels.withUnsafeBytes { bytes in
    let voxels = try StridedVoxels(element: .int16, base: #require(bytes.baseAddress), size: volume.size)
    return try RunFeatures(slicesOf: voxels, geometry: volume.geometry)
  }
  features.merge(RunFeatures(bodyIn: volume, within: VoxelBox(wholeOf: volume.size)))
  return features
}
