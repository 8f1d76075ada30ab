extension Volume {
  /// The voxels of a box, in place in the patient. Throws `boxOutsideVolume`. Cost: one copy of the box.
  public func cropped(to box: VoxelBox) throws(VolumeError) -> Volume {
    let target = try geometry.cropped(to: box)
    return copied(onto: target, offset: SIMD3(box.x.lowerBound, box.y.lowerBound, box.z.lowerBound))
  }

  /// The volume made at least `minimum` long along each axis by repeating its outermost voxels.
  ///
  /// Half of the missing voxels (rounded down) go before the first one, the rest after the last one.
  /// Throws `tooManyVoxels`. Cost: one copy, none when nothing is missing.
  public func padded(toMinimum minimum: VolumeSize) throws(VolumeError) -> Volume {
    let target = try geometry.padded(toMinimum: minimum)
    return target.size == size ? self : copied(onto: target, offset: 0 &- geometry.padding(toMinimum: minimum))
  }

  /// Voxel w of the result is voxel w + offset of this volume, clamped to its borders.
  private func copied(onto target: VolumeGeometry, offset: SIMD3<Int>) -> Volume {
    func sources(_ axis: Axis) -> [Int] {
      (0..<target.size[axis]).map {
        min(max($0 + offset[axis.rawValue], 0), size[axis] - 1) * size.stride(along: axis)
      }
    }
    let (columns, rows, slices) = (sources(.x), sources(.y), sources(.z))
    let copy = [Int16](unsafeUninitializedCapacity: target.size.voxelCount) { output, initializedCount in
      voxels.withUnsafeBufferPointer { source in
        columns.withUnsafeBufferPointer { columns in
          var written = 0
          for slice in slices {
            for row in rows {
              for x in 0..<columns.count { output[written &+ x] = source[slice &+ row &+ columns[x]] }
              written += columns.count
            }
          }
          initializedCount = written
        }
      }
    }
    return Volume(derivedGeometry: target, voxels: copy)
  }
}
