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

  /// This box with `margin` more pixels on each side, clipped to a slice; a negative margin counts as 0.
  ///
  /// Returns nil when the box lies outside the slice altogether.
  public func expanded(by margin: Int, within slice: SliceSize) -> BoundingBox? {
    guard let rows = Self.expand(rows, by: margin, within: slice.rows),
      let columns = Self.expand(columns, by: margin, within: slice.columns)
    else { return nil }
    return BoundingBox(rows: rows, columns: columns)
  }

  /// The smallest box that holds both.
  public func union(_ other: BoundingBox) -> BoundingBox {
    BoundingBox(rows: Self.hull(rows, other.rows), columns: Self.hull(columns, other.columns))
  }

  /// Rows and columns of the box.
  public var size: SliceSize { SliceSize(rows: rows.count, columns: columns.count) }

  /// True when every pixel of the box is a pixel of the slice.
  public func lies(within slice: SliceSize) -> Bool {
    rows.lowerBound >= 0 && columns.lowerBound >= 0 && rows.upperBound <= slice.rows
      && columns.upperBound <= slice.columns
  }

  private init(rows: ClosedRange<Int>, columns: ClosedRange<Int>) {
    (self.rows, self.columns) = (Range(rows), Range(columns))
  }

  private static func hull(_ a: Range<Int>, _ b: Range<Int>) -> ClosedRange<Int> {
    min(a.lowerBound, b.lowerBound)...(max(a.upperBound, b.upperBound) - 1)
  }

  private static func expand(_ range: Range<Int>, by margin: Int, within count: Int) -> Range<Int>? {
    let inside = range.clamped(to: 0..<max(0, count))
    guard !inside.isEmpty else { return nil }
    // A margin as large as the slice reaches both ends from anywhere; more could only overflow.
    let reach = min(max(0, margin), count)
    return max(0, inside.lowerBound - reach)..<min(count, inside.upperBound + reach)
  }
}
