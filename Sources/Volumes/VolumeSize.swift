/// An axis of a voxel array; `x` runs fastest in memory.
public enum Axis: Int, CaseIterable, Hashable, Sendable, Codable {
  /// Columns of an axial slice.
  case x
  /// Rows of an axial slice.
  case y
  /// Axial slices.
  case z
}

/// The number of voxels along each axis: every one at least 1, and a product that fits in memory arithmetic.
public struct VolumeSize: Hashable, Sendable {
  /// Voxels along x.
  public let x: Int
  /// Voxels along y.
  public let y: Int
  /// Voxels along z.
  public let z: Int

  /// More voxels than this (2^33, a 2048-cube) are refused: no CT has them, and sums of offsets stay far from overflow.
  public static let largestVoxelCount = 1 << 33

  /// Resampling and padding make no grid of more voxels than this (2^28, a 645-cube) from a smaller one: a whole body at
  /// 1 mm fits, and a run on it takes about 4 GB.
  public static let largestDerivedVoxelCount = 1 << 28

  /// Returns nil unless every extent is at least 1 and the product is at most `largestVoxelCount`.
  public init?(x: Int, y: Int, z: Int) {
    guard x >= 1, y >= 1, z >= 1 else { return nil }
    let (plane, planeOverflow) = x.multipliedReportingOverflow(by: y)
    let (count, countOverflow) = plane.multipliedReportingOverflow(by: z)
    guard !planeOverflow, !countOverflow, count <= Self.largestVoxelCount else { return nil }
    (self.x, self.y, self.z) = (x, y, z)
  }

  /// The extents of a checked size in another order.
  init(permuting size: VolumeSize, x: Axis, y: Axis, z: Axis) {
    (self.x, self.y, self.z) = (size[x], size[y], size[z])
  }

  /// x * y * z.
  public var voxelCount: Int { x * y * z }

  /// The extent along one axis.
  public subscript(axis: Axis) -> Int {
    switch axis {
    case .x: x
    case .y: y
    case .z: z
    }
  }

  /// Distance in memory between neighbours along `axis`, in voxels (x fastest).
  public func stride(along axis: Axis) -> Int {
    switch axis {
    case .x: 1
    case .y: x
    case .z: x * y
    }
  }
}
