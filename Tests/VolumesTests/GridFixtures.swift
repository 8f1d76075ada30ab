@testable import Volumes

/// A size that the test knows to be valid.
func size(_ x: Int, _ y: Int, _ z: Int) throws -> VolumeSize {
  guard let size = VolumeSize(x: x, y: y, z: z) else { throw FixtureError() }
  return size
}

struct FixtureError: Error {}

/// A grid with unequal spacing and an origin away from zero.
func grid(
  _ size: VolumeSize, spacing: SIMD3<Double> = [0.7, 0.9, 2.5],
  direction: [SIMD3<Double>] = VolumeGeometry.identityDirection
) throws -> VolumeGeometry {
  try VolumeGeometry(size: size, spacing: spacing, origin: [-120.5, 33.25, -411], direction: direction)
}

/// Voxels of -1024 ... 3000 HU from a fixed seed.
func randomVolume(_ geometry: VolumeGeometry, seed: UInt64) throws -> Volume {
  var generator = SeededGenerator(seed: seed)
  let voxels = (0..<geometry.size.voxelCount).map { _ in Int16.random(in: -1024...3000, using: &generator) }
  guard let volume = Volume(geometry: geometry, voxels: voxels) else { throw FixtureError() }
  return volume
}

extension Volume {
  /// A host's voxels in whole HU, read slab by slab.
  init(reading voxels: StridedVoxels, geometry: VolumeGeometry, slabHeight: Int? = nil) throws {
    var slabs = try HounsfieldSlabs(voxels, geometry: geometry)
    self = try slabs.volume(atSpacing: nil, slabHeight: slabHeight) { _ in }
  }
}

extension GridMapping {
  /// A mask of the working grid on the host's grid.
  func maskOnHost(_ mask: LabelMap) throws -> LabelMap {
    guard let mask = LabelMap(size: host.size, labels: try onHost(.mask(mask))) else { throw FixtureError() }
    return mask
  }

  /// A map of the working grid on the host's grid, reordered as `order` undoes, in memory that held something else.
  func onHost(_ map: ReturningMap, order: AxisOrder = .identity, slabHeight: Int? = nil) throws -> [UInt8] {
    var values = [UInt8](repeating: 77, count: host.size.voxelCount)
    _ = values.withUnsafeMutableBytes {
      bringBack(map, into: HostMap($0), order: order, slabHeight: slabHeight) { _ in }
    }
    return values
  }
}

extension VolumeSize {
  /// Every voxel index, in memory order.
  var indices: [SIMD3<Int>] {
    (0..<z).flatMap { z in (0..<y).flatMap { y in (0..<x).map { x in SIMD3(x, y, z) } } }
  }

  /// Where a voxel lies in memory.
  func offset(_ index: SIMD3<Int>) -> Int { index.x + x * (index.y + y * index.z) }
}

extension SIMD3<Int> {
  /// The same numbers as Double.
  var doubles: SIMD3<Double> { SIMD3<Double>(Double(x), Double(y), Double(z)) }
}
