/// Brings an image from [channels, rows, columns] into the order and type of the network's first map.
struct InputPacking {
  let precision: Precision
  /// int8: the value of one step.
  let step: Float
  /// Where the image lies in the padded input.
  let image: MapRegion

  /// Fills `target`, a part of the padded input: the image's values where it lies, zeros elsewhere.
  func pack(_ input: UnsafePointer<Float>, into target: Activation) {
    let rows = image.rows.clamped(to: target.region.rows)
    let columns = image.columns.clamped(to: target.region.columns)
    target.clear(outside: MapRegion(rows: rows, columns: columns))
    let channels = target.positionBytes / precision.byteCount
    let plane = image.positionCount
    for row in rows {
      let line = input + (row - image.rows.lowerBound) * image.columns.count - image.columns.lowerBound
      let start = target.address(row: row, column: columns.lowerBound)
      switch precision {
      case .float32:
        let values = start.assumingMemoryBound(to: Float.self)
        for (place, column) in columns.enumerated() {
          for channel in 0..<channels { values[place * channels + channel] = line[channel * plane + column] }
        }
      case .bfloat16:
        let values = start.assumingMemoryBound(to: UInt16.self)
        for (place, column) in columns.enumerated() {
          for channel in 0..<channels {
            values[place * channels + channel] = Self.bfloat16(line[channel * plane + column])
          }
        }
      case .int8:
        let values = start.assumingMemoryBound(to: UInt8.self)
        let inverse = 1 / step
        for (place, column) in columns.enumerated() {
          for channel in 0..<channels {
            values[place * channels + channel] = Self.uint8(line[channel * plane + column] * inverse)
          }
        }
      }
    }
  }

  /// Rounded to the nearest, ties to even, within 0...255; 0 for a NaN.
  static func uint8(_ value: Float) -> UInt8 {
    guard value > 0 else { return 0 }
    return UInt8(min(value, 255).rounded(.toNearestOrEven))
  }

  /// Rounded to the nearest, ties to even; a NaN stays one.
  static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    guard !value.isNaN else { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }

  /// The smallest box around all pixels that are not 0 in any channel of [channels, rows, columns]; empty if none is.
  static func nonZeroBox(_ input: UnsafePointer<Float>, channels: Int, rows: Int, columns: Int) -> MapRegion {
    var (firstRow, lastRow, firstColumn, lastColumn) = (rows, -1, columns, -1)
    for line in 0..<channels * rows {
      let values = input + line * columns
      var first = 0
      while first < columns, values[first] == 0 { first += 1 }
      guard first < columns else { continue }
      var last = columns - 1
      while last > lastColumn, values[last] == 0 { last -= 1 }
      (firstRow, lastRow) = (min(firstRow, line % rows), max(lastRow, line % rows))
      (firstColumn, lastColumn) = (min(firstColumn, first), max(lastColumn, last))
    }
    guard lastRow >= firstRow else { return .empty }
    return MapRegion(rows: firstRow..<lastRow + 1, columns: firstColumn..<lastColumn + 1)
  }
}
