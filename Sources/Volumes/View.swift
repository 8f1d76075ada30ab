/// The paper's three views: which axis the slices are stacked along.
public enum View: String, CaseIterable, Hashable, Sendable, Codable {
  /// Slices along y (the paper's axis 0, rows).
  case coronal
  /// Slices along x (the paper's axis 1, columns).
  case sagittal
  /// Slices along z.
  case axial

  /// The axis that the slice number counts.
  public var sliceAxis: Axis {
    switch self {
    case .coronal: .y
    case .sagittal: .x
    case .axial: .z
    }
  }
}

/// How the slices of one view lie in the volume: which axis is the tensor's height (rows) and which its width (columns).
///
/// The mapping slice <-> volume is exact: every voxel belongs to one pixel of one slice.
public struct SlicePlane: Hashable, Sendable {
  /// The view whose slices these are.
  public let view: View
  /// The volume axis that a slice's rows run along (the tensor's height).
  public let rowAxis: Axis
  /// The volume axis that a slice's columns run along (the tensor's width).
  public let columnAxis: Axis

  /// Returns nil unless the three axes are all different.
  public init?(view: View, rowAxis: Axis, columnAxis: Axis) {
    guard rowAxis != columnAxis, rowAxis != view.sliceAxis, columnAxis != view.sliceAxis else { return nil }
    (self.view, self.rowAxis, self.columnAxis) = (view, rowAxis, columnAxis)
  }

  /// Number of slices in a volume of this size.
  public func sliceCount(in size: VolumeSize) -> Int { size[view.sliceAxis] }

  /// Rows and columns of each slice.
  public func sliceSize(in size: VolumeSize) -> SliceSize {
    SliceSize(rows: size[rowAxis], columns: size[columnAxis])
  }

  /// Offset in the voxel array of pixel (`row`, `column`) of `slice`.
  public func offset(slice: Int, row: Int, column: Int, in size: VolumeSize) -> Int {
    slice * size.stride(along: view.sliceAxis) + row * size.stride(along: rowAxis)
      + column * size.stride(along: columnAxis)
  }
}

/// Rows (height) and columns (width) of a slice.
public struct SliceSize: Hashable, Sendable {
  /// Pixels from top to bottom.
  public let rows: Int
  /// Pixels from left to right.
  public let columns: Int

  /// Both are the caller's to check; they come from a checked `VolumeSize` or `BoundingBox`.
  public init(rows: Int, columns: Int) { (self.rows, self.columns) = (rows, columns) }

  /// rows * columns.
  public var pixelCount: Int { rows * columns }
}
