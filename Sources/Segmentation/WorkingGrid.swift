import CoarseToFine
import Confidence
package import ModelBundle
package import Volumes

/// The host's volume on the grid that the networks work on, and the way back.
///
/// In this order: axes into the bundle's patient directions, resampling, body box, padding. Every step is a field of
/// the bundle's manifest, and undone in reverse for the results.
package struct WorkingGrid {
  /// Whole HU on the working grid.
  package let volume: Volume
  /// True when the bundle asks for a body box and the volume shows no body.
  let bodyIsMissing: Bool
  /// HU range of the volume as the host gave it.
  let hounsfieldRange: ClosedRange<Int16>
  /// What the slices of the host's volume say about its making.
  let sliceFeatures: RunFeatures
  /// The host's geometry.
  let host: VolumeGeometry

  /// The working voxels that come from the host's; the others are padding, which takes no part in d(t).
  var unpadded: VoxelBox? { mapping.filled }

  private let order: AxisOrder
  private let mapping: GridMapping
  private let steps: Steps

  /// What is done to a volume that is in the bundle's axis order; nil leaves a step out.
  private struct Steps {
    var spacing: SIMD3<Double>?
    var bodyBox: VoxelBox?
    var minimumSize: VolumeSize?
  }

  /// Reads the host's voxels slab by slab, in the bundle's axis order, and brings them to the working grid.
  ///
  /// `checkpoint` gets the share of the work done and may throw to end it.
  package init(
    _ voxels: StridedVoxels, geometry: VolumeGeometry, grid: Manifest.Grid, checkpoint: (Double) throws -> Void
  ) throws {
    host = geometry
    order = try Self.axisOrder(of: geometry, grid: grid)
    try checkpoint(0)
    let image = voxels.reordered(by: order)
    var slabs = try HounsfieldSlabs(image, geometry: geometry.reordered(by: order))
    let spacing = grid.spacingMillimetres.map { SIMD3(repeating: $0) }
    var mapping = try GridMapping(host: slabs.geometry, spacing: spacing)
    var steps = Steps(spacing: spacing)
    let slices = Double(slabs.geometry.size.z)
    var working = try slabs.volume(atSpacing: spacing) { try checkpoint(0.8 * Double($0) / slices) }
    hounsfieldRange = slabs.hounsfieldRange
    sliceFeatures = try RunFeatures(slicesOf: image, geometry: slabs.geometry) { try checkpoint(0.8) }
    var bodyIsMissing = false
    if let body = grid.bodyBox {
      try checkpoint(0.9)
      let outline = BodyBox(
        threshold: Int16(roundingDown: body.thresholdHU), openingRadius: body.openingRadius, margin: body.margin,
        axes: Set(body.axes.map(Axis.init)))
      if let box = outline.box(in: working) {
        mapping = try mapping.cropped(to: box)
        working = try working.cropped(to: box)
        steps.bodyBox = box
      } else {
        bodyIsMissing = true
      }
    }
    if let minimum = Self.minimumSize(of: grid) {
      mapping = try mapping.padded(toMinimum: minimum)
      working = try working.padded(toMinimum: minimum)
      steps.minimumSize = minimum
    }
    (volume, self.mapping, self.bodyIsMissing, self.steps) = (working, mapping, bodyIsMissing, steps)
    try checkpoint(1)
  }

  /// A region of the host's grid on the working grid: 1 where at least half of a working voxel lies in it.
  ///
  /// Takes the volume's own way, anti-aliasing and padding too, so that the mask covers what the networks will see.
  package func maskOnWorkingGrid(_ region: InitialRegion, checkpoint: () throws -> Void) throws -> LabelMap {
    var slabs = try regionSlabs(region)
    var working = try slabs.volume(atSpacing: steps.spacing) { _ in try checkpoint() }
    if let box = steps.bodyBox { working = try working.cropped(to: box) }
    if let minimum = steps.minimumSize { working = try working.padded(toMinimum: minimum) }
    return LabelMap(size: working.size, labels: working.voxels.map { 2 * $0 >= RegionSlabs.inside ? 1 : 0 })
      ?? LabelMap(empty: working.size)
  }

  private func regionSlabs(_ region: InitialRegion) throws(SegmentationError) -> RegionSlabs {
    switch region {
    case .box(let box): return RegionSlabs(box: box, of: host, reordered: order)
    case .labels(let labels, let size):
      guard size == host.size, let slabs = RegionSlabs(labels: labels, of: host, reordered: order) else {
        throw SegmentationError(
          code: .request,
          description: "request: the initial mask has \(size.x) x \(size.y) x \(size.z) voxels, expected "
            + "the volume's \(host.size.x) x \(host.size.y) x \(host.size.z)")
      }
      return slabs
    }
  }

  /// Brings a map of the working grid into a host's memory, in the host's axis order; see `GridMapping.bringBack`.
  @discardableResult
  func bringBack(
    _ map: ReturningMap, into memory: HostMap, checkpoint: (Double) throws -> Void
  ) throws -> ForegroundTally {
    try mapping.bringBack(map, into: memory, order: order, checkpoint: checkpoint)
  }

  /// A map of the working grid on the host's grid, as an array in the host's axis order.
  func onHost(_ map: ReturningMap, checkpoint: () throws -> Void) throws -> [UInt8] {
    let count = host.size.voxelCount
    return try [UInt8](unsafeUninitializedCapacity: count) { memory, initializedCount in
      try bringBack(map, into: HostMap(UnsafeMutableRawBufferPointer(memory))) { _ in try checkpoint() }
      initializedCount = count
    }
  }

  /// How the host's axes come into the bundle's patient directions.
  static func axisOrder(of geometry: VolumeGeometry, grid: Manifest.Grid) throws(SegmentationError) -> AxisOrder {
    AxisOrder(bringing: geometry, to: try patientAxes(of: grid))
  }

  private static func patientAxes(of grid: Manifest.Grid) throws(SegmentationError) -> PatientAxes {
    guard grid.axes.count == 3,
      let axes = PatientAxes(
        x: PatientDirection(grid.axes[0]), y: PatientDirection(grid.axes[1]), z: PatientDirection(grid.axes[2]))
    else {
      throw SegmentationError(
        code: .bundleManifest,
        description: "grid.axes is \(grid.axes.map(\.rawValue)), expected three different axes of the patient")
    }
    return axes
  }

  static func minimumSize(of grid: Manifest.Grid) -> VolumeSize? {
    guard grid.minimumSize.count == 3 else { return nil }
    return VolumeSize(x: grid.minimumSize[0], y: grid.minimumSize[1], z: grid.minimumSize[2])
  }
}

extension Int16 {
  /// The largest whole HU not above `value`, so that "above the threshold" means the same for whole voxels.
  fileprivate init(roundingDown value: Double) {
    self = Int16(Swift.max(Double(Int16.min), Swift.min(Double(Int16.max), value.rounded(.down))))
  }
}

extension WorkingGrid {
  /// Whether the host's spacing, in the bundle's axis order, lies within the bundle's limits (with 1 % for rounding).
  func spacingLies(in limits: Manifest.InputRange.Spacing) -> Bool {
    guard limits.minimum.count == 3, limits.maximum.count == 3 else { return false }
    let spacing = mapping.host.spacing
    return Axis.allCases.allSatisfy { axis in
      let index = axis.rawValue
      return spacing[index] >= limits.minimum[index] * 0.99 && spacing[index] <= limits.maximum[index] * 1.01
    }
  }
}
