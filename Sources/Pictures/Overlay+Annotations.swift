extension Overlay {
  /// This overlay with patient directions, slice, scale bar and purpose drawn into its edges and corners.
  ///
  /// The corners are usually air; every mark has a dark rim, so that it reads on tissue too.
  func annotated(edges: PicturePlane.Edges) -> Overlay {
    var annotated = self
    annotated.image.draw(annotations(edges: edges))
    return annotated
  }

  /// The marks in drawing order.
  private func annotations(edges: PicturePlane.Edges) -> [Annotation] {
    let (rows, columns) = (image.rows, image.columns)
    // Two pixels a dot where the words then fit beside each other, one in small pictures.
    let dot = columns >= 480 ? 2 : 1
    let line = dot * 11
    let margin = dot * 5
    let bottom = rows - margin - dot * BitmapFont.baseRows
    let middle = (rows - dot * BitmapFont.baseRows) / 2
    func text(_ words: String, row: Int, column: Int) -> Annotation {
      .text(words, row: row, column: column, dot: dot)
    }
    func rightAligned(_ words: String, row: Int) -> Annotation {
      text(words, row: row, column: columns - margin - BitmapFont.width(of: words) * dot)
    }
    func centred(_ words: String, row: Int) -> Annotation {
      text(words, row: row, column: (columns - BitmapFont.width(of: words) * dot) / 2)
    }
    var marks = [
      text(String(edges.left), row: middle, column: margin),
      rightAligned(String(edges.right), row: middle),
      centred(String(edges.top), row: margin),
      centred(String(edges.bottom), row: bottom),
      text(view.inWords, row: margin, column: margin),
      text("slice \(slice + 1) of \(sliceCount)", row: margin + line, column: margin),
      rightAligned("research use,", row: bottom - line),
      rightAligned("not for diagnosis", row: bottom),
    ]
    if maskIsEmpty { marks.append(text("mask is empty", row: margin + 2 * line, column: margin)) }
    if let bar = scaleBar(columns: columns) {
      marks.append(text("\(bar.millimetres) mm", row: bottom - line, column: margin))
      marks.append(
        .bar(row: bottom + dot * (BitmapFont.baseRows - 2), column: margin, rows: dot, columns: bar.pixels))
    }
    return marks
  }

  /// 50 mm, or 10 mm in a picture too narrow for it; nil where even that takes more than a third of the width.
  private func scaleBar(columns: Int) -> (millimetres: Int, pixels: Int)? {
    for millimetres in [50, 10] {
      let pixels = (Double(millimetres) / millimetresPerPixel).rounded()
      if pixels >= 2, pixels * 3 <= Double(columns) { return (millimetres, Int(pixels)) }
    }
    return nil
  }
}

/// A mark drawn into a picture, light with a dark rim.
enum Annotation {
  /// Words in the bitmap font, `dot` pixels a font dot, from their top left.
  case text(String, row: Int, column: Int, dot: Int)
  /// A filled rectangle.
  case bar(row: Int, column: Int, rows: Int, columns: Int)

  /// The rectangles of pixels that the mark covers.
  fileprivate var rectangles: [(row: Int, column: Int, rows: Int, columns: Int)] {
    switch self {
    case .bar(let row, let column, let rows, let columns):
      return [(row, column, rows, columns)]
    case .text(let words, let top, let left, let dot):
      var dots: [(row: Int, column: Int, rows: Int, columns: Int)] = []
      for (place, character) in words.enumerated() {
        for (row, bits) in BitmapFont.rows(of: character).enumerated() {
          for column in 0..<BitmapFont.glyphColumns where bits & (0b10000 >> column) != 0 {
            dots.append((top + row * dot, left + (place * BitmapFont.advance + column) * dot, dot, dot))
          }
        }
      }
      return dots
    }
  }
}

extension RGBImage {
  /// Draws marks: first every dark rim, two pixels wide, then the light shapes; what lies outside is cut off.
  mutating func draw(_ marks: [Annotation]) {
    let rectangles = marks.flatMap(\.rectangles)
    var rim: Set<Int> = []
    var shape: Set<Int> = []
    for rectangle in rectangles {
      for row in rectangle.row - 2..<rectangle.row + rectangle.rows + 2 where row >= 0 && row < rows {
        for column in rectangle.column - 2..<rectangle.column + rectangle.columns + 2
        where column >= 0 && column < columns {
          let isShape =
            row >= rectangle.row && row < rectangle.row + rectangle.rows && column >= rectangle.column
            && column < rectangle.column + rectangle.columns
          if isShape { shape.insert(row * columns + column) } else { rim.insert(row * columns + column) }
        }
      }
    }
    for pixel in rim.subtracting(shape) {
      blend(.black, opacity: 0.6, row: pixel / columns, column: pixel % columns)
    }
    for pixel in shape { blend(.annotation, opacity: 0.85, row: pixel / columns, column: pixel % columns) }
  }
}
