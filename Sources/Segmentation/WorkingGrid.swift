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

  /// Copies the host's voxels once, in the bundle's axis order, and brings them to the working grid.
  ///
  /// `checkpoint` gets the share of the work done and may throw to end it.
  package init(
    _ voxels: StridedVoxels, geometry: VolumeGeometry, grid: Manifest.Grid, checkpoint: (Double) throws -> Void
  ) throws {
    host = geometry
    order = try Self.axisOrder(of: geometry, grid: grid)
    try checkpoint(0)
    var working = try Volume(copying: voxels.reordered(by: order), geometry: geometry.reordered(by: order))
    hounsfieldRange = working.hounsfieldRange
    sliceFeatures = RunFeatures(slicesOf: working)
    var mapping = try GridMapping(host: working.geometry)
    var steps = Steps()
    if let spacing = grid.spacingMillimetres {
      let target = SIMD3(repeating: spacing)
      steps.spacing = target
      mapping = try GridMapping(host: working.geometry, spacing: target)
      let slices = Double(working.size.z)
      var done = 0.0
      working = try working.resampled(toSpacing: target) {
        try checkpoint(0.2 + 0.6 * done / slices)
        done += 1
      }
    }
    var bodyIsMissing = false
    if let body = grid.bodyBox {
      try checkpoint(0.8)
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

  /// A mask of the host's grid on the working grid: 1 where at least half of a working voxel is foreground.
  ///
  /// Takes the volume's own way, anti-aliasing and padding too, so that the mask covers what the networks will see.
  package func maskOnWorkingGrid(_ mask: LabelMap, checkpoint: () throws -> Void) throws -> LabelMap {
    let full: Int16 = 1000
    guard mask.size == host.size,
      var working = Volume(
        geometry: mapping.host, voxels: mask.reordered(by: order).labels.map { $0 == 0 ? 0 : full })
    else {
      throw SegmentationError(
        code: .request,
        description: "request: the initial mask has \(mask.size.x) x \(mask.size.y) x \(mask.size.z) voxels, expected "
          + "the volume's \(host.size.x) x \(host.size.y) x \(host.size.z)")
    }
    if let spacing = steps.spacing { working = try working.resampled(toSpacing: spacing, checkpoint: checkpoint) }
    if let box = steps.bodyBox { working = try working.cropped(to: box) }
    if let minimum = steps.minimumSize { working = try working.padded(toMinimum: minimum) }
    return LabelMap(size: working.size, labels: working.voxels.map { 2 * $0 >= full ? 1 : 0 })
      ?? LabelMap(empty: working.size)
  }

  /// A mask of the working grid on the host's grid, in the host's axis order; foreground is 1.
  func maskOnHost(_ mask: LabelMap, checkpoint: () throws -> Void) throws -> LabelMap {
    try mapping.maskOnHost(mask, checkpoint: checkpoint).reordered(by: order.inverse)
  }

  /// A probability map (0...255) of the working grid on the host's grid, in the host's axis order.
  func probabilityOnHost(_ probability: [UInt8], checkpoint: () throws -> Void) throws -> [UInt8] {
    order.inverse.reordering(
      try mapping.probabilityOnHost(probability, checkpoint: checkpoint), of: mapping.host.size)
  }

  /// The three views' masks on the host's grid, a bit each as in `ViewMasks`; all 0 when there are none.
  func viewMasksOnHost(_ masks: ViewMasks?, checkpoint: () throws -> Void) throws -> [UInt8] {
    var bits = [UInt8](repeating: 0, count: host.size.voxelCount)
    guard let masks else { return bits }
    for view in View.allCases {
      let mask = try maskOnHost(masks.mask(of: view), checkpoint: checkpoint)
      let bit = ViewMasks.bit(of: view)
      for (index, label) in mask.labels.enumerated() where label != 0 { bits[index] |= bit }
    }
    return bits
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
