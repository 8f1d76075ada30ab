import Volumes

/// The square pixels of a picture and where each lies in a slice of the volume.
///
/// The picture covers every voxel of the slice to its outer edge. Its longer side has `longerSide` pixels, more when
/// the voxels are finer than that.
struct PictureGrid {
  /// Never more pixels than this along a side, however fine the voxels.
  static let largestExtent = 2048.0

  /// Axes and directions of the picture.
  let plane: PicturePlane
  /// Index along `plane.sliceAxis`.
  let slice: Int
  /// Width and height of a pixel, mm.
  let pixelMillimetres: Double
  /// Pixels from top to bottom.
  let rows: Int
  /// Pixels from left to right.
  let columns: Int
  /// Voxels of the volume.
  let size: VolumeSize
  /// The part of the slice that is shown, as shares of its height and width from the top left.
  private let shownRows: ClosedRange<Double>
  private let shownColumns: ClosedRange<Double>

  init(plane: PicturePlane, geometry: VolumeGeometry, slice: Int, longerSide: Double) {
    func spacing(_ run: PicturePlane.Run) -> Double { geometry.spacing[run.axis.rawValue] }
    let height = Double(geometry.size[plane.downward.axis]) * spacing(plane.downward)
    let width = Double(geometry.size[plane.rightward.axis]) * spacing(plane.rightward)
    let longest = max(height, width)
    let finest = min(spacing(plane.downward), spacing(plane.rightward))
    let pixel = max(longest / Self.largestExtent, min(finest, longest / longerSide))
    (self.plane, self.slice, size, pixelMillimetres) = (plane, slice, geometry.size, pixel)
    rows = max(1, Int((height / pixel).rounded()))
    columns = max(1, Int((width / pixel).rounded()))
    (shownRows, shownColumns) = (0...1, 0...1)
  }

  /// A square of `side` mm around the middle of a box of voxels, less where the volume ends.
  init(
    plane: PicturePlane, geometry: VolumeGeometry, slice: Int, around box: VoxelBox, side: Double,
    pixelMillimetres: Double
  ) {
    (self.plane, self.slice, size, self.pixelMillimetres) = (plane, slice, geometry.size, pixelMillimetres)
    /// The shares of an axis that are shown, and the pixels that takes.
    func shown(_ run: PicturePlane.Run) -> (shares: ClosedRange<Double>, pixels: Int) {
      let extent = Double(geometry.size[run.axis]) * geometry.spacing[run.axis.rawValue]
      let middle = Double(box[run.axis].lowerBound + box[run.axis].upperBound) / 2 * geometry.spacing[run.axis.rawValue]
      let centre = run.isReversed ? extent - middle : middle
      let (low, high) = (max(0, centre - side / 2), min(extent, centre + side / 2))
      return (low / extent...high / extent, max(1, Int(((high - low) / pixelMillimetres).rounded())))
    }
    (shownRows, rows) = shown(plane.downward)
    (shownColumns, columns) = shown(plane.rightward)
  }

  /// Calls `body` with the value of `values` at every sample of the picture, `subdivision` a pixel's side.
  @inline(__always)
  func forEachSample<Value>(
    subdivision: Int = 1, of values: [Value], as number: (Value) -> Float,
    _ body: (_ row: Int, _ column: Int, _ value: Float) -> Void
  ) {
    SliceSampler(plane: plane, slice: slice, size: size).forEachSample(
      rows: SamplePlace.evenly(rows * subdivision, over: plane.downward, in: size, shares: shownRows),
      columns: SamplePlace.evenly(columns * subdivision, over: plane.rightward, in: size, shares: shownColumns),
      of: values, as: number, body)
  }

  /// The slice of the CT in the abdominal window: -100 HU is black, 240 HU white.
  func grayImage(of volume: Volume) -> RGBImage {
    var image = RGBImage(blackRows: rows, columns: columns)
    image.rgb.withUnsafeMutableBufferPointer { rgb in
      forEachSample(of: volume.voxels, as: Float.init) { row, column, hounsfield in
        let gray = UInt8(min(max((hounsfield + 100) / 340, 0), 1) * 255 + 0.5)
        let offset = (row * columns + column) * 3
        (rgb[offset], rgb[offset + 1], rgb[offset + 2]) = (gray, gray, gray)
      }
    }
    return image
  }

  /// Lays a light veil over the CT, denser where the organ is more probable: at most `strongest` opaque.
  func fill(_ probability: [UInt8], colour: RGBColour, strongest: Float = 0.3, in image: inout RGBImage) {
    forEachSample(of: probability, as: Float.init) { row, column, value in
      guard value > 0 else { return }
      image.blend(colour, opacity: strongest * value / 255, row: row, column: column)
    }
  }
}
