import Volumes

/// The square pixels of a picture and where each lies in a slice of the volume.
///
/// The picture covers every voxel of the slice to its outer edge. Its longer side has about 720 pixels, more when the
/// voxels are finer than that.
struct PictureGrid {
  /// Pixels along the longer side, where the voxels are coarser than such pixels.
  static let usualExtent = 720.0
  /// Never more pixels than this along a side, however fine the voxels.
  static let largestExtent = 2048.0

  let plane: PicturePlane
  /// Index along `plane.sliceAxis`.
  let slice: Int
  /// Width and height of a pixel, mm.
  let pixelMillimetres: Double
  /// Voxel places of the picture's rows, top to bottom.
  let rows: [Place]
  /// Voxel places of the picture's columns, left to right.
  let columns: [Place]
  private let size: VolumeSize

  /// Where a pixel row or column lies: between two voxels (the same one at the edge).
  struct Place {
    /// The lower voxel index.
    let lower: Int
    /// The upper voxel index.
    let upper: Int
    /// Share of the upper voxel, 0...1.
    let fraction: Float
  }

  init(plane: PicturePlane, geometry: VolumeGeometry, slice: Int) {
    let size = geometry.size
    func extent(_ run: PicturePlane.Run) -> Double { Double(size[run.axis]) * geometry.spacing[run.axis.rawValue] }
    let longest = max(extent(plane.rightward), extent(plane.downward))
    let finest = min(geometry.spacing[plane.rightward.axis.rawValue], geometry.spacing[plane.downward.axis.rawValue])
    let pixel = max(longest / Self.largestExtent, min(finest, longest / Self.usualExtent))
    (self.plane, self.slice, self.size, pixelMillimetres) = (plane, slice, size, pixel)
    func places(_ run: PicturePlane.Run) -> [Place] {
      let count = max(1, Int((extent(run) / pixel).rounded()))
      return Self.places(count: count, subdivision: 1, voxels: size[run.axis], isReversed: run.isReversed)
    }
    rows = places(plane.downward)
    columns = places(plane.rightward)
  }

  /// The places of `count * subdivision` samples that share `voxels` voxels evenly, edge to edge.
  static func places(count: Int, subdivision: Int, voxels: Int, isReversed: Bool) -> [Place] {
    let samples = count * subdivision
    return (0..<samples).map { sample in
      let share = (Double(sample) + 0.5) / Double(samples)
      let along = (isReversed ? 1 - share : share) * Double(voxels) - 0.5
      let inside = min(max(along, 0), Double(voxels - 1))
      let lower = min(Int(inside), voxels - 1)
      return Place(lower: lower, upper: min(lower + 1, voxels - 1), fraction: Float(inside - Double(lower)))
    }
  }

  /// Calls `body` for every pixel with the bilinear value of `values`, [z, y, x] of the volume's size.
  func forEachPixel<Value: BinaryInteger>(
    of values: [Value], _ body: (_ row: Int, _ column: Int, _ value: Float) -> Void
  ) {
    precondition(values.count == size.voxelCount, "values of another volume")
    let base = slice * size.stride(along: plane.sliceAxis)
    let rowStride = size.stride(along: plane.downward.axis)
    let columnStride = size.stride(along: plane.rightward.axis)
    values.withUnsafeBufferPointer { values in
      for (row, down) in rows.enumerated() {
        let (upper, lower) = (base + down.lower * rowStride, base + down.upper * rowStride)
        for (column, right) in columns.enumerated() {
          let (left, next) = (right.lower * columnStride, right.upper * columnStride)
          let (a, b) = (Float(values[upper + left]), Float(values[upper + next]))
          let (c, d) = (Float(values[lower + left]), Float(values[lower + next]))
          let (top, bottom) = (a + (b - a) * right.fraction, c + (d - c) * right.fraction)
          body(row, column, top + (bottom - top) * down.fraction)
        }
      }
    }
  }

  /// The slice of the CT in the abdominal window: -100 HU is black, 240 HU white.
  func grayImage(of volume: Volume) -> RGBImage {
    var image = RGBImage(blackRows: rows.count, columns: columns.count)
    let width = columns.count
    forEachPixel(of: volume.voxels) { row, column, hounsfield in
      let gray = UInt8(min(max((hounsfield + 100) / 340, 0), 1) * 255 + 0.5)
      let offset = (row * width + column) * 3
      (image.rgb[offset], image.rgb[offset + 1], image.rgb[offset + 2]) = (gray, gray, gray)
    }
    return image
  }

  /// Lays a light veil over the CT, denser where the organ is more probable: at most 30 % opaque.
  func fill(_ probability: [UInt8], colour: RGBColour, in image: inout RGBImage) {
    forEachPixel(of: probability) { row, column, value in
      guard value > 0 else { return }
      image.blend(colour, opacity: 0.3 * value / 255, row: row, column: column)
    }
  }
}
