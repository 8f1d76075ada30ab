/// A 3D box of voxel indices, never empty.
public struct VoxelBox: Hashable, Sendable {
  /// Indices along x.
  public let x: Range<Int>
  /// Indices along y.
  public let y: Range<Int>
  /// Indices along z.
  public let z: Range<Int>

  /// Returns nil when a range is empty.
  public init?(x: Range<Int>, y: Range<Int>, z: Range<Int>) {
    guard !x.isEmpty, !y.isEmpty, !z.isEmpty else { return nil }
    (self.x, self.y, self.z) = (x, y, z)
  }

  /// Ranges that are known not to be empty.
  init(nonEmptyX x: Range<Int>, y: Range<Int>, z: Range<Int>) { (self.x, self.y, self.z) = (x, y, z) }

  /// The box of every voxel of a volume.
  public init(wholeOf size: VolumeSize) { (x, y, z) = (0..<size.x, 0..<size.y, 0..<size.z) }

  /// The smallest box that holds this one and another.
  public func union(_ other: VoxelBox) -> VoxelBox? {
    func both(_ axis: Axis) -> Range<Int> {
      min(self[axis].lowerBound, other[axis].lowerBound)..<max(self[axis].upperBound, other[axis].upperBound)
    }
    return VoxelBox(x: both(.x), y: both(.y), z: both(.z))
  }

  /// The range along one axis.
  public subscript(axis: Axis) -> Range<Int> {
    switch axis {
    case .x: x
    case .y: y
    case .z: z
    }
  }
}
