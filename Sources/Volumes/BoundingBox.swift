/// A 2D box in slice coordinates, never empty.
public struct BoundingBox: Hashable, Sendable {
  /// Rows covered.
  public let rows: Range<Int>
  /// Columns covered.
  public let columns: Range<Int>

  /// Returns nil when either range is empty.
  public init?(rows: Range<Int>, columns: Range<Int>) {
    guard !rows.isEmpty, !columns.isEmpty else { return nil }
    (self.rows, self.columns) = (rows, columns)
  }

  /// The box of a whole slice; nil for a slice without pixels.
  public init?(wholeOf slice: SliceSize) {
    guard slice.rows > 0, slice.columns > 0 else { return nil }
    self.init(rows: 0..<slice.rows, columns: 0..<slice.columns)
  }

  /// This box with `margin` more pixels on each side, clipped to a slice that contains it.
  public func expanded(by margin: Int, within slice: SliceSize) -> BoundingBox? {
    BoundingBox(
      rows: max(0, rows.lowerBound - margin)..<min(slice.rows, rows.upperBound + margin),
      columns: max(0, columns.lowerBound - margin)..<min(slice.columns, columns.upperBound + margin))
  }

  /// Rows and columns of the box.
  public var size: SliceSize { SliceSize(rows: rows.count, columns: columns.count) }
}
