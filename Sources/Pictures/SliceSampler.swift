import Volumes

/// Reads one slice of a volume at any raster of places, bilinearly.
struct SliceSampler {
  private let base: Int
  private let rowStride: Int
  private let columnStride: Int
  private let voxelCount: Int

  /// The sampler of slice `slice` along `plane.sliceAxis` in a volume of `size`.
  init(plane: PicturePlane, slice: Int, size: VolumeSize) {
    precondition(slice >= 0 && slice < size[plane.sliceAxis], "slice \(slice) lies outside the volume")
    base = slice * size.stride(along: plane.sliceAxis)
    rowStride = size.stride(along: plane.downward.axis)
    columnStride = size.stride(along: plane.rightward.axis)
    voxelCount = size.voxelCount
  }

  /// Calls `body` at every crossing of `rows` and `columns`, row by row, with the value there.
  ///
  /// `values` is [z, y, x] of the sampler's size; `number` says what a voxel's value counts as.
  @inline(__always)
  func forEachSample<Value>(
    rows: [SamplePlace], columns: [SamplePlace], of values: [Value], as number: (Value) -> Float,
    _ body: (_ row: Int, _ column: Int, _ value: Float) -> Void
  ) {
    precondition(values.count == voxelCount, "values of another volume")
    values.withUnsafeBufferPointer { values in
      for (row, down) in rows.enumerated() {
        let (upper, lower) = (base + down.lower * rowStride, base + down.upper * rowStride)
        for (column, right) in columns.enumerated() {
          let (left, beside) = (right.lower * columnStride, right.upper * columnStride)
          let (a, b) = (number(values[upper + left]), number(values[upper + beside]))
          let (c, d) = (number(values[lower + left]), number(values[lower + beside]))
          let (top, bottom) = (a + (b - a) * right.fraction, c + (d - c) * right.fraction)
          body(row, column, top + (bottom - top) * down.fraction)
        }
      }
    }
  }
}

/// Where a row or column of samples lies among the voxels: between two of them, or on the outermost one.
struct SamplePlace: Hashable {
  /// The lower voxel index.
  let lower: Int
  /// The upper voxel index.
  let upper: Int
  /// Share of the upper voxel, 0...1.
  let fraction: Float

  /// The places of `count` samples that share the voxels of one axis evenly, from outer edge to outer edge, or, with
  /// `shares` of the picture's extent, a part of them.
  static func evenly(
    _ count: Int, over run: PicturePlane.Run, in size: VolumeSize, shares: ClosedRange<Double> = 0...1
  ) -> [SamplePlace] {
    let last = size[run.axis] - 1
    return (0..<count).map { sample in
      let share =
        shares.lowerBound + (Double(sample) + 0.5) / Double(count) * (shares.upperBound - shares.lowerBound)
      let along = (run.isReversed ? 1 - share : share) * Double(last + 1) - 0.5
      let inside = min(max(along, 0), Double(last))
      let lower = min(Int(inside), last)
      return SamplePlace(lower: lower, upper: min(lower + 1, last), fraction: Float(inside - Double(lower)))
    }
  }
}
