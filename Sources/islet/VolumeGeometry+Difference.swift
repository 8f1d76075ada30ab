import Volumes

extension VolumeGeometry {
  /// Why labels on this grid cannot be laid over an image on another one, as a sentence; nil when they can.
  func difference(from other: VolumeGeometry, names: (own: String, other: String)) -> String? {
    guard size == other.size else {
      return "\(names.own) has \(size.x) x \(size.y) x \(size.z) voxels, \(names.other) \(other.size.x) x "
        + "\(other.size.y) x \(other.size.z); it must be on the CT's grid"
    }
    guard isClose(to: other) else {
      return "\(names.own) lies elsewhere in the patient than \(names.other) (origin, spacing or directions differ); "
        + "resample it onto the CT's grid"
    }
    return nil
  }

  /// Whether the outermost voxels of two grids of one size lie within a tenth of a voxel of each other: headers round.
  private func isClose(to other: VolumeGeometry) -> Bool {
    let last = SIMD3(Double(size.x - 1), Double(size.y - 1), Double(size.z - 1))
    let corners = [SIMD3<Double>.zero, SIMD3(last.x, 0, 0), SIMD3(0, last.y, 0), SIMD3(0, 0, last.z), last]
    return corners.allSatisfy { corner in
      let offset = position(ofIndex: corner) - other.position(ofIndex: corner)
      return (offset * offset).sum().squareRoot() <= 0.1 * spacing.min()
    }
  }
}
