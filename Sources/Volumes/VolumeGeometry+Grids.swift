/// Grids made from another grid with the same axis directions; `Volume` and `GridMapping` both follow these rules.
extension VolumeGeometry {
  /// The grid with another spacing whose outer corner lies where this grid's outer corner lies.
  ///
  /// Along each axis: max(1, round(n * spacing / target)) voxels, ties to even; the far corners therefore agree to half
  /// a voxel of the new grid. An axis whose spacing already is the target (to 1e-6) stays exactly as it is.
  /// Throws `invalidSpacing`, or `tooManyVoxels` when it would have more than `VolumeSize.largestDerivedVoxelCount`
  /// voxels and more than this grid: a spacing by mistake would otherwise fill the memory of the host.
  public func resampled(toSpacing target: SIMD3<Double>) throws(VolumeError) -> VolumeGeometry {
    var counts = SIMD3<Int>()
    var newSpacing = spacing
    var firstCentre = SIMD3<Double>()
    for axis in Axis.allCases {
      let index = axis.rawValue
      guard target[index] >= 1e-3, target[index] <= 1e3 else {
        throw VolumeError(
          .invalidSpacing, "wanted spacing along \(axis) is \(target[index]) mm, expected 0.001 to 1000")
      }
      guard abs(spacing[index] - target[index]) > 1e-6 * target[index] else {
        counts[index] = size[axis]
        continue
      }
      let count = (Double(size[axis]) * spacing[index] / target[index]).rounded(.toNearestOrEven)
      guard count <= Double(VolumeSize.largestVoxelCount) else { throw tooManyVoxels(atSpacing: target) }
      counts[index] = max(1, Int(count))
      newSpacing[index] = target[index]
      firstCentre[index] = 0.5 * target[index] / spacing[index] - 0.5
    }
    guard let newSize = VolumeSize(x: counts.x, y: counts.y, z: counts.z), size.mayGrow(to: newSize) else {
      throw tooManyVoxels(atSpacing: target)
    }
    return VolumeGeometry(
      derivedSize: newSize, spacing: newSpacing, origin: position(ofIndex: firstCentre), direction: direction)
  }

  /// The grid of a box of voxels. Throws `boxOutsideVolume`.
  public func cropped(to box: VoxelBox) throws(VolumeError) -> VolumeGeometry {
    for axis in Axis.allCases where box[axis].lowerBound < 0 || box[axis].upperBound > size[axis] {
      throw VolumeError(
        .boxOutsideVolume, "box \(box[axis]) along \(axis) does not lie inside 0..<\(size[axis])")
    }
    guard let newSize = VolumeSize(x: box.x.count, y: box.y.count, z: box.z.count) else {
      throw VolumeError(.boxOutsideVolume, "box \(box) has no voxels or more than a volume can have")
    }
    let first = SIMD3(Double(box.x.lowerBound), Double(box.y.lowerBound), Double(box.z.lowerBound))
    return VolumeGeometry(
      derivedSize: newSize, spacing: spacing, origin: position(ofIndex: first), direction: direction)
  }

  /// The grid with voxels added on both sides of every axis that is shorter than `minimum`; see `padding(toMinimum:)`.
  ///
  /// Throws `tooManyVoxels` as `resampled(toSpacing:)` does.
  public func padded(toMinimum minimum: VolumeSize) throws(VolumeError) -> VolumeGeometry {
    let counts = SIMD3(max(size.x, minimum.x), max(size.y, minimum.y), max(size.z, minimum.z))
    guard let newSize = VolumeSize(x: counts.x, y: counts.y, z: counts.z), size.mayGrow(to: newSize) else {
      throw VolumeError(
        .tooManyVoxels,
        "padded to at least \(minimum.x) x \(minimum.y) x \(minimum.z) it would have more than "
          + "\(VolumeSize.largestDerivedVoxelCount) voxels; the bundle's minimum size does not fit this image")
    }
    let before = padding(toMinimum: minimum)
    let first = SIMD3(-Double(before.x), -Double(before.y), -Double(before.z))
    return VolumeGeometry(
      derivedSize: newSize, spacing: spacing, origin: position(ofIndex: first), direction: direction)
  }

  /// How many voxels padding puts before the first one of each axis: half of what is missing, rounded down.
  func padding(toMinimum minimum: VolumeSize) -> SIMD3<Int> {
    SIMD3(max(0, minimum.x - size.x) / 2, max(0, minimum.y - size.y) / 2, max(0, minimum.z - size.z) / 2)
  }

  private func tooManyVoxels(atSpacing target: SIMD3<Double>) -> VolumeError {
    VolumeError(
      .tooManyVoxels,
      "\(size.x) x \(size.y) x \(size.z) voxels of \(spacing.x) x \(spacing.y) x \(spacing.z) mm would become more than "
        + "\(VolumeSize.largestDerivedVoxelCount) at \(target.x) x \(target.y) x \(target.z) mm; check the image's spacing"
    )
  }
}

extension VolumeSize {
  /// Whether a grid of this size may become one of `size`: small enough, or no larger than it is.
  fileprivate func mayGrow(to size: VolumeSize) -> Bool {
    size.voxelCount <= max(Self.largestDerivedVoxelCount, voxelCount)
  }
}
