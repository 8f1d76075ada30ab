import Volumes

/// The contour of an organ at the picture's resolution: two pixels wide, smooth-edged.
///
/// The mask of the slice is interpolated to three samples a pixel and cut at one half; every sample within one
/// pixel of the boundary belongs to the line. Averaging the samples of a pixel gives its opacity. Outside the picture
/// counts as background, so a mask that touches the volume's border is closed along it.
struct OrganOutline {
  /// Samples along a pixel's side.
  private static let subdivision = 3

  private let grid: PictureGrid
  /// Samples inside the organ, [rows * subdivision, columns * subdivision].
  private let inside: [Bool]
  private let sampleRows: Int
  private let sampleColumns: Int

  init(mask: LabelMap, grid: PictureGrid) {
    self.grid = grid
    let plane = grid.plane
    let size = mask.size
    let rows = PictureGrid.places(
      count: grid.rows.count, subdivision: Self.subdivision, voxels: size[plane.downward.axis],
      isReversed: plane.downward.isReversed)
    let columns = PictureGrid.places(
      count: grid.columns.count, subdivision: Self.subdivision, voxels: size[plane.rightward.axis],
      isReversed: plane.rightward.isReversed)
    let base = grid.slice * size.stride(along: plane.sliceAxis)
    let rowStride = size.stride(along: plane.downward.axis)
    let columnStride = size.stride(along: plane.rightward.axis)
    (sampleRows, sampleColumns) = (rows.count, columns.count)
    inside = mask.labels.withUnsafeBufferPointer { labels in
      [Bool](unsafeUninitializedCapacity: rows.count * columns.count) { samples, count in
        var next = 0
        for down in rows {
          let (upper, lower) = (base + down.lower * rowStride, base + down.upper * rowStride)
          for right in columns {
            let (left, beside) = (right.lower * columnStride, right.upper * columnStride)
            let a: Float = labels[upper + left] != 0 ? 1 : 0
            let b: Float = labels[upper + beside] != 0 ? 1 : 0
            let c: Float = labels[lower + left] != 0 ? 1 : 0
            let d: Float = labels[lower + beside] != 0 ? 1 : 0
            let (top, bottom) = (a + (b - a) * right.fraction, c + (d - c) * right.fraction)
            samples.initializeElement(at: next, to: top + (bottom - top) * down.fraction >= 0.5)
            next += 1
          }
        }
        count = next
      }
    }
  }

  /// Draws the line, with a dark rim of one more pixel that keeps it readable on bone and in contrast medium.
  func draw(colour: RGBColour, in image: inout RGBImage) {
    let boundary = boundarySamples()
    lay(boundary, widthPixels: 4, colour: RGBColour(red: 0, green: 0, blue: 0), opacity: 0.5, in: &image)
    lay(boundary, widthPixels: 2, colour: colour, opacity: 1, in: &image)
  }

  private func isInside(_ row: Int, _ column: Int) -> Bool {
    row >= 0 && row < sampleRows && column >= 0 && column < sampleColumns && inside[row * sampleColumns + column]
  }

  /// Samples of the organ that have a neighbour outside it.
  private func boundarySamples() -> [(row: Int, column: Int)] {
    var found: [(row: Int, column: Int)] = []
    for row in 0..<sampleRows {
      for column in 0..<sampleColumns where inside[row * sampleColumns + column] {
        let isEnclosed =
          isInside(row - 1, column) && isInside(row + 1, column) && isInside(row, column - 1)
          && isInside(row, column + 1)
        if !isEnclosed { found.append((row, column)) }
      }
    }
    return found
  }

  private func lay(
    _ boundary: [(row: Int, column: Int)], widthPixels: Int, colour: RGBColour, opacity: Float, in image: inout RGBImage
  ) {
    let radius = widthPixels * Self.subdivision / 2
    let disk = (-radius...radius).flatMap { row in
      (-radius...radius).filter { row * row + $0 * $0 <= radius * radius }.map { (row: row, column: $0) }
    }
    var isLine = [Bool](repeating: false, count: inside.count)
    var touched: Set<Int> = []
    for sample in boundary {
      for step in disk {
        let (row, column) = (sample.row + step.row, sample.column + step.column)
        guard row >= 0, row < sampleRows, column >= 0, column < sampleColumns else { continue }
        isLine[row * sampleColumns + column] = true
        touched.insert(row / Self.subdivision * image.columns + column / Self.subdivision)
      }
    }
    let samplesPerPixel = Float(Self.subdivision * Self.subdivision)
    for pixel in touched {
      let (row, column) = (pixel / image.columns, pixel % image.columns)
      var covered: Float = 0
      for sampleRow in row * Self.subdivision..<(row + 1) * Self.subdivision {
        for sampleColumn in column * Self.subdivision..<(column + 1) * Self.subdivision
        where isLine[sampleRow * sampleColumns + sampleColumn] {
          covered += 1
        }
      }
      image.blend(colour, opacity: opacity * covered / samplesPerPixel, row: row, column: column)
    }
  }
}
