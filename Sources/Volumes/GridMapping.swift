/// How one axis of the working grid lies over the host's axis: working index = scale * host index + offset.
public struct AxisMapping: Hashable, Sendable {
  /// Working voxels per host voxel: host spacing / working spacing.
  public let scale: Double
  /// The working index of host voxel 0.
  public let offset: Double
  /// The working voxels made from host voxels; the others are padding.
  public let filled: Range<Int>
  /// The host voxels that receive a result; the others were cropped away.
  ///
  /// A host voxel counts as cropped when its centre lies more than half a working voxel beyond the outermost kept one.
  /// Where nothing was cropped every host voxel counts, even if rounding the grid's size left it just outside.
  public let covered: Range<Int>

  /// The fractional working index of a host voxel's centre.
  public func workingIndex(ofHost index: Int) -> Double { scale * Double(index) + offset }

  /// An axis of `hostCount` voxels resampled to `workingCount` voxels, outer corners together; scale 1 changes nothing.
  init(hostCount: Int, workingCount: Int, scale: Double) {
    self.init(scale: scale, offset: (scale - 1) / 2, filled: 0..<workingCount, covered: 0..<hostCount)
  }

  private init(scale: Double, offset: Double, filled: Range<Int>, covered: Range<Int>) {
    (self.scale, self.offset, self.filled, self.covered) = (scale, offset, filled, covered)
  }

  /// The mapping after only `range` of the working axis was kept.
  func cropped(to range: Range<Int>) -> AxisMapping {
    var covered = covered
    // The tolerance keeps a host voxel that lies exactly half a voxel outside.
    if range.lowerBound > filled.lowerBound {
      let first = ((Double(range.lowerBound) - 0.5 - offset) / scale - 1e-9).rounded(.up)
      covered = covered.clamped(to: Int(min(first, Double(covered.upperBound)))..<covered.upperBound)
    }
    if range.upperBound < filled.upperBound {
      let last = ((Double(range.upperBound) - 0.5 - offset) / scale + 1e-9).rounded(.down)
      covered = covered.clamped(to: covered.lowerBound..<Int(max(last + 1, Double(covered.lowerBound))))
    }
    let kept = filled.clamped(to: range)
    return AxisMapping(
      scale: scale, offset: offset - Double(range.lowerBound),
      filled: kept.lowerBound - range.lowerBound..<kept.upperBound - range.lowerBound,
      covered: kept.isEmpty ? covered.lowerBound..<covered.lowerBound : covered)
  }

  /// The mapping after `count` voxels were put before the first working voxel.
  func padded(before count: Int) -> AxisMapping {
    AxisMapping(
      scale: scale, offset: offset + Double(count), filled: filled.lowerBound + count..<filled.upperBound + count,
      covered: covered)
  }
}

/// The way from a host's grid to the grid the networks work on, kept so that results can go back.
///
/// Built step by step beside the volume, with the same arguments: resample, then crop, then pad.
/// ```
/// var mapping = try GridMapping(host: volume.geometry, spacing: [3, 3, 3])
/// mapping = try mapping.cropped(to: bodyBox).padded(toMinimum: minimum)
/// ```
/// Both grids share their axes' directions: bring the volume into the wanted axis order first (`AxisOrder`) and the
/// results back into the host's order last.
public struct GridMapping: Hashable, Sendable {
  /// The host's grid, in the axis order of the working grid.
  public let host: VolumeGeometry
  /// The grid the networks work on.
  public let working: VolumeGeometry
  /// The mapping of x.
  public let x: AxisMapping
  /// The mapping of y.
  public let y: AxisMapping
  /// The mapping of z.
  public let z: AxisMapping

  /// The working grid of a wanted spacing; nil keeps the host's grid.
  ///
  /// Throws what `VolumeGeometry.resampled(toSpacing:)` throws.
  public init(host: VolumeGeometry, spacing: SIMD3<Double>? = nil) throws(VolumeError) {
    let working = if let spacing { try host.resampled(toSpacing: spacing) } else { host }
    self.init(host: host, working: working) { axis in
      AxisMapping(
        hostCount: host.size[axis], workingCount: working.size[axis],
        scale: host.spacing[axis.rawValue] / working.spacing[axis.rawValue])
    }
  }

  private init(host: VolumeGeometry, working: VolumeGeometry, _ mapping: (Axis) -> AxisMapping) {
    (self.host, self.working) = (host, working)
    (x, y, z) = (mapping(.x), mapping(.y), mapping(.z))
  }

  /// The mapping of one axis.
  public subscript(axis: Axis) -> AxisMapping {
    switch axis {
    case .x: x
    case .y: y
    case .z: z
    }
  }

  /// The mapping for `Volume.cropped(to:)` with the same box. Throws `boxOutsideVolume`.
  public func cropped(to box: VoxelBox) throws(VolumeError) -> GridMapping {
    GridMapping(host: host, working: try working.cropped(to: box)) { self[$0].cropped(to: box[$0]) }
  }

  /// The mapping for `Volume.padded(toMinimum:)` with the same size. Throws `tooManyVoxels`.
  public func padded(toMinimum minimum: VolumeSize) throws(VolumeError) -> GridMapping {
    let before = working.padding(toMinimum: minimum)
    return GridMapping(host: host, working: try working.padded(toMinimum: minimum)) {
      self[$0].padded(before: before[$0.rawValue])
    }
  }

  /// The box of working voxels made from host voxels, without the padding; nil when padding alone was kept.
  public var filled: VoxelBox? { VoxelBox(x: x.filled, y: y.filled, z: z.filled) }
}
