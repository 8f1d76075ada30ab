import Volumes

/// The contour of an organ at the picture's resolution: two pixels wide, smooth-edged.
///
/// The mask of the slice is interpolated to three samples a pixel and cut at one half; every sample within one
/// pixel of the boundary belongs to the line. Averaging the samples of a pixel gives its opacity. Outside the picture
/// counts as background, so a mask that touches the volume's border is closed along it.
struct OrganOutline {
  /// Samples along a pixel's side.
  private static let subdivision = 3

  private let rows: Int
  private let columns: Int
  /// Samples inside the organ, [rows, columns].
  private let inside: [Bool]

  init(mask: LabelMap, grid: PictureGrid) {
    let (rows, columns) = (grid.rows * Self.subdivision, grid.columns * Self.subdivision)
    (self.rows, self.columns) = (rows, columns)
    inside = [Bool](unsafeUninitializedCapacity: rows * columns) { samples, count in
      grid.forEachSample(subdivision: Self.subdivision, of: mask.labels, as: { $0 == 0 ? 0 : 1 }) {
        samples.initializeElement(at: $0 * columns + $1, to: $2 >= 0.5)
      }
      count = rows * columns
    }
  }

  /// Draws the line, with a dark rim of one more pixel that keeps it readable on bone and in contrast medium.
  func draw(colour: RGBColour, in image: inout RGBImage) {
    let boundary = boundarySamples()
    lay(boundary, radiusPixels: 2, colour: .black, opacity: 0.5, in: &image)
    lay(boundary, radiusPixels: 1, colour: colour, opacity: 1, in: &image)
  }

  /// Samples of the organ that have a neighbour outside it.
  private func boundarySamples() -> [(row: Int, column: Int)] {
    func isInside(_ row: Int, _ column: Int) -> Bool {
      row >= 0 && row < rows && column >= 0 && column < columns && inside[row * columns + column]
    }
    var found: [(row: Int, column: Int)] = []
    for row in 0..<rows {
      for column in 0..<columns where inside[row * columns + column] {
        let isEnclosed =
          isInside(row - 1, column) && isInside(row + 1, column) && isInside(row, column - 1)
          && isInside(row, column + 1)
        if !isEnclosed { found.append((row, column)) }
      }
    }
    return found
  }

  /// Blends `colour` over everything within `radiusPixels` of the boundary.
  private func lay(
    _ boundary: [(row: Int, column: Int)], radiusPixels: Int, colour: RGBColour, opacity: Float,
    in image: inout RGBImage
  ) {
    let radius = radiusPixels * Self.subdivision
    let disk = (-radius...radius).flatMap { row in
      (-radius...radius).filter { row * row + $0 * $0 <= radius * radius }.map { (row: row, column: $0) }
    }
    var isLine = [Bool](repeating: false, count: inside.count)
    var coveredSamples: [Int: Int] = [:]
    for sample in boundary {
      for step in disk {
        let (row, column) = (sample.row + step.row, sample.column + step.column)
        guard row >= 0, row < rows, column >= 0, column < columns, !isLine[row * columns + column] else { continue }
        isLine[row * columns + column] = true
        coveredSamples[row / Self.subdivision * image.columns + column / Self.subdivision, default: 0] += 1
      }
    }
    let samplesPerPixel = Float(Self.subdivision * Self.subdivision)
    for (pixel, covered) in coveredSamples {
      image.blend(
        colour, opacity: opacity * Float(covered) / samplesPerPixel, row: pixel / image.columns,
        column: pixel % image.columns)
    }
  }
}
