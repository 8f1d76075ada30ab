/// A volume that comes in slabs of whole slices along z, so that it never lies in memory as a whole.
public protocol VolumeSlabs {
  /// Size and place of the whole volume.
  var geometry: VolumeGeometry { get }

  /// Writes the HU of some slices, [z, y, x] with x fastest. Asked once for every slice, in order.
  ///
  /// `slices` must lie inside, `output` must hold one value per voxel.
  mutating func read(_ slices: Range<Int>, into output: UnsafeMutableBufferPointer<Int16>) throws(VolumeError)
}

extension VolumeSize {
  /// Slices of a slab: about two million voxels, some milliseconds of work, but at least one slice and at most all.
  public var slabHeight: Int { min(max((1 << 21) / (x * y), 1), z) }

  /// Voxels of the highest slab.
  public var slabVoxelCount: Int { x * y * slabHeight }
}

extension VolumeSlabs {
  /// The volume on a grid of a wanted spacing; on its own for nil and where it has that spacing everywhere.
  ///
  /// As `Volume.resampled(toSpacing:)`, bit for bit and whatever the slabs' height. Holds the result, one slab and what
  /// the resampling has under way; without resampling the result alone.
  /// `checkpoint` is called with the number of slices done before every slice that is resampled, or every slab; what it
  /// throws ends the work. Throws what `read` throws, and `VolumeError` (`invalidSpacing`, `tooManyVoxels`).
  public mutating func volume(
    atSpacing spacing: SIMD3<Double>?, slabHeight: Int? = nil, checkpoint: (Int) throws -> Void
  ) throws -> Volume {
    let size = geometry.size
    let height = max(1, min(slabHeight ?? size.slabHeight, size.z))
    guard let spacing, var resampling = try VolumeResampling(geometry, toSpacing: spacing) else {
      return try whole(slabHeight: height, checkpoint: checkpoint)
    }
    let plane = size.x * size.y
    var slab = [Int16](repeating: 0, count: plane * height)
    var slices = 0..<0
    for slice in 0..<size.z {
      try checkpoint(slice)
      try slab.withUnsafeMutableBufferPointer { slab in
        if slice == slices.upperBound {
          slices = slice..<min(slice + height, size.z)
          try read(slices, into: UnsafeMutableBufferPointer(rebasing: slab[..<(plane * slices.count)]))
        }
        let first = (slice - slices.lowerBound) * plane
        resampling.add(slice: slice, UnsafeBufferPointer(rebasing: slab[first..<first + plane]))
      }
    }
    return resampling.volume
  }

  private mutating func whole(slabHeight: Int, checkpoint: (Int) throws -> Void) throws -> Volume {
    let size = geometry.size
    let plane = size.x * size.y
    let voxels = try [Int16](unsafeUninitializedCapacity: size.voxelCount) { output, initializedCount in
      for first in stride(from: 0, to: size.z, by: slabHeight) {
        try checkpoint(first)
        let slices = first..<min(first + slabHeight, size.z)
        try read(
          slices,
          into: UnsafeMutableBufferPointer(rebasing: output[slices.lowerBound * plane..<slices.upperBound * plane]))
        initializedCount = slices.upperBound * plane
      }
    }
    return Volume(derivedGeometry: geometry, voxels: voxels)
  }
}

/// A host's voxels in whole HU.
public struct HounsfieldSlabs: VolumeSlabs {
  /// Size and place of the volume.
  public let geometry: VolumeGeometry
  private let voxels: StridedVoxels
  private var range: ClosedRange<Int16>?

  /// Borrows a host's voxels. Throws `sizeMismatch` when the two sizes differ.
  public init(_ voxels: StridedVoxels, geometry: VolumeGeometry) throws(VolumeError) {
    guard voxels.size == geometry.size else {
      throw VolumeError(
        .sizeMismatch,
        "the voxels are \(voxels.size.x) x \(voxels.size.y) x \(voxels.size.z), "
          + "the geometry says \(geometry.size.x) x \(geometry.size.y) x \(geometry.size.z)")
    }
    (self.voxels, self.geometry) = (voxels, geometry)
  }

  /// The smallest and the largest HU of what was read; 0...0 before.
  public var hounsfieldRange: ClosedRange<Int16> { range ?? 0...0 }

  /// Writes some slices in HU, and takes their range down. Throws `nonFiniteVoxel`.
  public mutating func read(
    _ slices: Range<Int>, into output: UnsafeMutableBufferPointer<Int16>
  ) throws(VolumeError) {
    try voxels.readHounsfieldUnits(slices: slices, into: output)
    guard let found = UnsafeBufferPointer(output).range else { return }
    range = range.map { min($0.lowerBound, found.lowerBound)...max($0.upperBound, found.upperBound) } ?? found
  }
}

/// A region of a host's grid as a volume: `inside` or 0 HU, so that it can go a volume's way.
public struct RegionSlabs: VolumeSlabs {
  /// The value of voxels inside.
  public static let inside: Int16 = 1000

  /// Size and place of the volume.
  public let geometry: VolumeGeometry
  private let region: Region

  private enum Region {
    /// Labels in the host's order, and the order that makes this volume of them.
    case labels(UnsafeBufferPointer<UInt8>, VolumeSize, AxisOrder)
    /// Voxels in this volume's order.
    case box(VoxelBox)
  }

  /// Every label but 0: one a voxel of `host`, packed, x fastest, borrowed; then reordered. Nil for another number.
  public init?(labels: UnsafeBufferPointer<UInt8>, of host: VolumeGeometry, reordered order: AxisOrder) {
    guard labels.count == host.size.voxelCount else { return nil }
    geometry = host.reordered(by: order)
    region = .labels(labels, host.size, order)
  }

  /// A box of voxels of `host`, then reordered. What lies outside of the volume is left out.
  public init(box: VoxelBox, of host: VolumeGeometry, reordered order: AxisOrder) {
    geometry = host.reordered(by: order)
    region = .box(box.reordered(by: order, in: host.size))
  }

  /// Writes some slices.
  public func read(_ slices: Range<Int>, into output: UnsafeMutableBufferPointer<Int16>) throws(VolumeError) {
    let size = geometry.size
    precondition(output.count == slices.count * size.x * size.y, "one value per voxel")
    guard let target = output.baseAddress else { return }
    switch region {
    case .labels(let labels, let host, let order):
      SlabLayout(slices: slices, of: order, host: host).forEachLine { line in
        for step in 0..<line.count {
          target[line.index &+ step &* line.indexStep] =
            labels[line.offset &+ step &* line.offsetStep] == 0 ? 0 : Self.inside
        }
      }
    case .box(let box):
      target.update(repeating: 0, count: output.count)
      let (columns, rows) = (box.x.clamped(to: 0..<size.x), box.y.clamped(to: 0..<size.y))
      for z in box.z.clamped(to: slices) {
        for y in rows {
          let row = target + ((z - slices.lowerBound) * size.y + y) * size.x
          (row + columns.lowerBound).update(repeating: Self.inside, count: columns.count)
        }
      }
    }
  }
}
