/// One map, or a rectangle of it, in memory: [rows, columns, channels], channels fastest and stored `channelStride`
/// apart, nothing between positions or rows.
///
/// Positions are named by their place in the whole map. A view: the memory belongs to a workspace or a `ZeroImage`.
struct Activation {
  let memory: UnsafeMutableRawPointer
  let region: MapRegion
  /// Bytes from one position to the next.
  let positionBytes: Int

  var byteCount: Int { region.positionCount * positionBytes }

  /// Where a position lies; it must be in `region`.
  func address(row: Int, column: Int) -> UnsafeMutableRawPointer {
    memory
      + ((row - region.rows.lowerBound) * region.columns.count + column - region.columns.lowerBound) * positionBytes
  }

  /// Copies the positions of `part` from another activation that holds them.
  func copy(_ part: MapRegion, from other: Activation) {
    let bytes = part.columns.count * positionBytes
    for row in part.rows {
      address(row: row, column: part.columns.lowerBound).copyMemory(
        from: other.address(row: row, column: part.columns.lowerBound), byteCount: bytes)
    }
  }

  /// Sets the positions of `region` outside `part` to 0.
  func clear(outside part: MapRegion) {
    forEachRun(outside: part) { row, columns in
      address(row: row, column: columns.lowerBound).initializeMemory(
        as: UInt8.self, repeating: 0, count: columns.count * positionBytes)
    }
  }

  /// Calls `body` for every run of columns outside `part`, row by row.
  func forEachRun(outside part: MapRegion, _ body: (_ row: Int, _ columns: Range<Int>) -> Void) {
    for row in region.rows {
      if part.rows.contains(row), !part.columns.isEmpty {
        let before = region.columns.lowerBound..<part.columns.lowerBound
        let after = part.columns.upperBound..<region.columns.upperBound
        if !before.isEmpty { body(row, before) }
        if !after.isEmpty { body(row, after) }
      } else {
        body(row, region.columns)
      }
    }
  }
}
