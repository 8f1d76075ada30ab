/// A CT volume: Hounsfield units, x fastest, with its place in the patient.
///
/// Voxels are whole HU in Int16: half the memory of float, and finer than the noise of any CT. Values outside
/// Int16 are clamped when a volume is made.
public struct Volume: Sendable {
  /// Size, spacing, origin and direction.
  public let geometry: VolumeGeometry
  /// HU, [z, y, x] with x fastest, `geometry.size.voxelCount` values.
  public let voxels: [Int16]

  /// Returns nil when the number of voxels is not that of the geometry.
  public init?(geometry: VolumeGeometry, voxels: [Int16]) {
    guard voxels.count == geometry.size.voxelCount else { return nil }
    self.geometry = geometry
    self.voxels = voxels
  }

  /// A volume whose number of voxels follows from how it was made.
  init(derivedGeometry geometry: VolumeGeometry, voxels: [Int16]) {
    precondition(voxels.count == geometry.size.voxelCount, "one value per voxel")
    self.geometry = geometry
    self.voxels = voxels
  }

  /// Voxels along each axis.
  public var size: VolumeSize { geometry.size }
}
