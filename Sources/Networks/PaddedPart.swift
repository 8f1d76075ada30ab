/// The size of a part of a map that a convolution reads, and the zeros that the window sees around it.
struct PaddedPart: Hashable, Sendable {
  let rows: Int, columns: Int
  let top: Int, bottom: Int, left: Int, right: Int

  /// What a step reads of a map of `size` to compute the outputs `region`.
  init(of region: MapRegion, window: WindowGeometry, in size: MapSize) {
    let inputs = window.inputs(of: region, in: size)
    (rows, columns) = (inputs.rows.count, inputs.columns.count)
    (top, bottom) = window.padding(of: region.rows, size: size.rows)
    (left, right) = window.padding(of: region.columns, size: size.columns)
  }

  /// A whole map with the same zeros on every side.
  init(rows: Int, columns: Int, padding: Int) {
    (self.rows, self.columns) = (rows, columns)
    (top, bottom, left, right) = (padding, padding, padding, padding)
  }

  func outputSize(kernel: Int) -> MapSize {
    MapSize(rows: rows + top + bottom - kernel + 1, columns: columns + left + right - kernel + 1)
  }
}
