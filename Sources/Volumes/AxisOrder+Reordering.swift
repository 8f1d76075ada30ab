extension VolumeSize {
  /// The extents after permuting the axes.
  public func reordered(by order: AxisOrder) -> VolumeSize {
    VolumeSize(permuting: self, x: order.x.source, y: order.y.source, z: order.z.source)
  }
}

extension VolumeGeometry {
  /// The geometry of the reordered array: every voxel keeps its position in the patient.
  public func reordered(by order: AxisOrder) -> VolumeGeometry {
    var corner = SIMD3<Double>()
    var spacing = SIMD3<Double>()
    var direction = Self.identityDirection
    for axis in Axis.allCases {
      let step = order[axis]
      let source = step.source.rawValue
      if step.isReversed { corner[source] = Double(size[step.source] - 1) }
      spacing[axis.rawValue] = self.spacing[source]
      direction[axis.rawValue] = step.isReversed ? -self.direction[source] : self.direction[source]
    }
    return VolumeGeometry(
      derivedSize: size.reordered(by: order), spacing: spacing, origin: position(ofIndex: corner), direction: direction)
  }
}

extension Volume {
  /// The volume with permuted and reversed axes; the identity costs nothing, else one copy.
  public func reordered(by order: AxisOrder) -> Volume {
    Volume(derivedGeometry: geometry.reordered(by: order), voxels: order.reordering(voxels, of: size))
  }
}

extension LabelMap {
  /// The label map with permuted and reversed axes; the identity costs nothing, else one copy.
  public func reordered(by order: AxisOrder) -> LabelMap {
    LabelMap(size: size.reordered(by: order), labels: order.reordering(labels, of: size)) ?? self
  }
}

extension VoxelBox {
  /// The box of the same voxels once the axes of an array of `size` are permuted and reversed.
  func reordered(by order: AxisOrder, in size: VolumeSize) -> VoxelBox {
    func range(_ axis: Axis) -> Range<Int> {
      let (source, count) = (self[order[axis].source], size[order[axis].source])
      return order[axis].isReversed ? count - source.upperBound..<count - source.lowerBound : source
    }
    return VoxelBox(nonEmptyX: range(.x), y: range(.y), z: range(.z))
  }
}

extension AxisOrder {
  /// One value per voxel, [z, y, x] with x fastest, brought into this order.
  ///
  /// `values` must have `size.voxelCount` elements. The identity costs nothing, else one copy.
  public func reordering<Value: BitwiseCopyable>(_ values: [Value], of size: VolumeSize) -> [Value] {
    precondition(values.count == size.voxelCount, "one value per voxel")
    if self == .identity { return values }
    let target = size.reordered(by: self)
    let (start, step) = places(in: size)
    return values.withUnsafeBufferPointer { source in
      [Value](unsafeUninitializedCapacity: values.count) { output, initializedCount in
        var offset = 0
        for z in 0..<target.z {
          for y in 0..<target.y {
            let row = start + z * step.z + y * step.y
            for x in 0..<target.x { output[offset &+ x] = source[row &+ x &* step.x] }
            offset += target.x
          }
        }
        initializedCount = offset
      }
    }
  }
}
