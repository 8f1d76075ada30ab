public import Volumes

/// A box that a user set in the patient, as voxels of a volume.
extension VoxelBox {
  /// The voxels of a grid that the box with two opposite corners in LPS mm touches, cut to the grid; nil when none is.
  ///
  /// A voxel reaches half a spacing from its centre to each side. Where the grid's axes are not the patient's, it is the
  /// smallest box of voxels that holds all eight corners. Nil, too, for a corner that is not finite.
  public init?(between corner: SIMD3<Double>, and opposite: SIMD3<Double>, in geometry: VolumeGeometry) {
    let corners = (0..<8).map { number in
      geometry.index(
        ofPosition: SIMD3(
          number & 1 == 0 ? corner.x : opposite.x, number & 2 == 0 ? corner.y : opposite.y,
          number & 4 == 0 ? corner.z : opposite.z))
    }
    func range(_ axis: Axis) -> Range<Int>? {
      let places = corners.map { $0[axis.rawValue] }
      guard let low = places.min(), let high = places.max(), places.allSatisfy(\.isFinite) else { return nil }
      // A box that ends where a voxel ends, but for rounding, does not touch the next one.
      let first = (low + 0.5 + Self.rounding).rounded(.down)
      let last = max(first, (high - 0.5 - Self.rounding).rounded(.up))
      let end = Double(geometry.size[axis])
      guard first < end, last >= 0 else { return nil }
      return Int(max(first, 0))..<Int(min(last + 1, end))
    }
    guard let x = range(.x), let y = range(.y), let z = range(.z) else { return nil }
    self.init(x: x, y: y, z: z)
  }

  /// What positions lose on their way through a header, voxels.
  private static let rounding = 1e-6
}
