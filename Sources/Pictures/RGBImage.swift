/// A colour picture in memory: 8 bits a channel, row by row from the top left.
public struct RGBImage: Hashable, Sendable {
  /// Pixels from top to bottom.
  public let rows: Int
  /// Pixels from left to right.
  public let columns: Int
  /// Red, green, blue of each pixel, [rows, columns, 3] without padding.
  public internal(set) var rgb: [UInt8]

  /// Returns nil when an extent is negative or `rgb` does not hold three bytes a pixel.
  public init?(rows: Int, columns: Int, rgb: [UInt8]) {
    let (pixels, overflow) = rows.multipliedReportingOverflow(by: columns)
    guard rows >= 0, columns >= 0, !overflow, rgb.count.isMultiple(of: 3), rgb.count / 3 == pixels else { return nil }
    (self.rows, self.columns, self.rgb) = (rows, columns, rgb)
  }

  /// A black picture.
  init(blackRows rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "the renderer asked for \(rows) x \(columns) pixels")
    (self.rows, self.columns) = (rows, columns)
    rgb = [UInt8](repeating: 0, count: rows * columns * 3)
  }

  /// The colour of one pixel; nil outside the picture.
  public func colour(row: Int, column: Int) -> RGBColour? {
    guard row >= 0, row < rows, column >= 0, column < columns else { return nil }
    let offset = (row * columns + column) * 3
    return RGBColour(red: rgb[offset], green: rgb[offset + 1], blue: rgb[offset + 2])
  }

  /// This picture in the middle of a black one that has at least the given extents.
  func centred(onBlackOfAtLeast leastRows: Int, columns leastColumns: Int) -> RGBImage {
    var canvas = RGBImage(blackRows: max(rows, leastRows), columns: max(columns, leastColumns))
    let (top, left) = ((canvas.rows - rows) / 2, (canvas.columns - columns) / 2)
    for row in 0..<rows {
      let start = ((top + row) * canvas.columns + left) * 3
      canvas.rgb.replaceSubrange(start..<start + columns * 3, with: rgb[row * columns * 3..<(row + 1) * columns * 3])
    }
    return canvas
  }

  /// Lays `colour` over one pixel with an opacity of 0...1; does nothing outside the picture.
  mutating func blend(_ colour: RGBColour, opacity: Float, row: Int, column: Int) {
    guard row >= 0, row < rows, column >= 0, column < columns else { return }
    let offset = (row * columns + column) * 3
    let weight = min(max(opacity, 0), 1)
    func over(_ value: UInt8, _ under: UInt8) -> UInt8 {
      UInt8(Float(under) + (Float(value) - Float(under)) * weight + 0.5)
    }
    rgb[offset] = over(colour.red, rgb[offset])
    rgb[offset + 1] = over(colour.green, rgb[offset + 1])
    rgb[offset + 2] = over(colour.blue, rgb[offset + 2])
  }
}

/// A colour, 8 bits a channel, in sRGB.
public struct RGBColour: Hashable, Sendable {
  /// Red, 0...255.
  public let red: UInt8
  /// Green, 0...255.
  public let green: UInt8
  /// Blue, 0...255.
  public let blue: UInt8

  /// Any three bytes are a colour.
  public init(red: UInt8, green: UInt8, blue: UInt8) { (self.red, self.green, self.blue) = (red, green, blue) }

  /// Bright amber: stands out from every gray of a CT and from bone.
  public static let amber = RGBColour(red: 255, green: 184, blue: 28)

  /// Turquoise, for a second outline: told from amber in every kind of colour vision.
  public static let turquoise = RGBColour(red: 64, green: 214, blue: 220)

  static let black = RGBColour(red: 0, green: 0, blue: 0)
  /// A soft white for words and marks in a picture.
  static let annotation = RGBColour(red: 232, green: 236, blue: 240)
}
