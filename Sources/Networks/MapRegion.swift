/// A rectangle of positions in a layer's map, in the coordinates of the whole map; empty when either side is.
struct MapRegion: Hashable, Sendable {
  var rows: Range<Int>, columns: Range<Int>

  static let empty = MapRegion(rows: 0..<0, columns: 0..<0)

  init(rows: Range<Int>, columns: Range<Int>) {
    (self.rows, self.columns) = (rows, columns)
  }

  /// All positions of a map.
  init(wholeOf size: MapSize) {
    self.init(rows: 0..<size.rows, columns: 0..<size.columns)
  }

  var size: MapSize { MapSize(rows: rows.count, columns: columns.count) }

  var isEmpty: Bool { rows.isEmpty || columns.isEmpty }
  var positionCount: Int { rows.count * columns.count }

  /// The smallest rectangle around both.
  func hull(_ other: MapRegion) -> MapRegion {
    if isEmpty { return other }
    if other.isEmpty { return self }
    func hull(_ one: Range<Int>, _ two: Range<Int>) -> Range<Int> {
      min(one.lowerBound, two.lowerBound)..<max(one.upperBound, two.upperBound)
    }
    return MapRegion(rows: hull(rows, other.rows), columns: hull(columns, other.columns))
  }

  /// The same rectangle where both coordinates start `offset` later.
  func moved(by offset: Int) -> MapRegion {
    MapRegion(
      rows: rows.lowerBound + offset..<rows.upperBound + offset,
      columns: columns.lowerBound + offset..<columns.upperBound + offset)
  }

  func contains(_ other: MapRegion) -> Bool {
    other.isEmpty || (rows.contains(other.rows) && columns.contains(other.columns))
  }
}
