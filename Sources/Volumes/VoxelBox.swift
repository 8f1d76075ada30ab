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

  /// The box of every voxel of a volume.
  public init(wholeOf size: VolumeSize) { (x, y, z) = (0..<size.x, 0..<size.y, 0..<size.z) }

  /// The range along one axis.
  public subscript(axis: Axis) -> Range<Int> {
    switch axis {
    case .x: x
    case .y: y
    case .z: z
    }
  }
}
