public import Volumes

/// Which networks a crop is for.
public enum Stage: String, CaseIterable, Hashable, Sendable {
  /// M_C, M_S, M_A: whole slices.
  case coarse
  /// M_C^F, M_S^F, M_A^F: the input region around the previous mask.
  case fine
}

/// A part of one slice that a network is asked about.
public struct Crop: Hashable, Sendable {
  /// View and tensor axes of the slice.
  public let plane: SlicePlane
  /// Number of the slice along the view's axis, from 0.
  public let slice: Int
  /// The part of the slice, always inside it. Neighbouring slices are cropped to the same box.
  public let box: BoundingBox

  /// The box must lie inside the plane's slices.
  public init(plane: SlicePlane, slice: Int, box: BoundingBox) {
    (self.plane, self.slice, self.box) = (plane, slice, box)
  }
}

/// What a network says about one crop: a probability for each pixel of each slice predicted.
public struct CropProbabilities: Hashable, Sendable {
  /// Slices predicted: 3 for j - 1, j, j + 1, or 1 for j alone.
  public let channels: Int
  /// Rows and columns of the crop's box.
  public let size: SliceSize
  /// Probabilities after the sigmoid, [channels, rows, columns], row-major.
  public let values: [Float]

  /// Returns nil when the number of values is not channels * rows * columns.
  public init?(channels: Int, size: SliceSize, values: [Float]) {
    let (pixels, pixelOverflow) = size.rows.multipliedReportingOverflow(by: size.columns)
    let (count, countOverflow) = pixels.multipliedReportingOverflow(by: channels)
    guard channels > 0, size.rows > 0, size.columns > 0, !pixelOverflow, !countOverflow, values.count == count else {
      return nil
    }
    (self.channels, self.size, self.values) = (channels, size, values)
  }
}

/// Predicts every crop and hands each result to `consume` with its index, in the order of `crops`, on the calling
/// thread.
///
/// Called at most once for each view of a pass, with all crops of that view in ascending slice order. The crops may be
/// spread over threads and run ahead of `consume`. An error of `consume` must be thrown on, without further calls.
public typealias PredictCrops = (
  _ stage: Stage, _ crops: [Crop], _ consume: (_ index: Int, _ probabilities: CropProbabilities) throws -> Void
) throws -> Void
