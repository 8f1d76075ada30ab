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
  }

  /// Calls `body` with the value of `values` at every sample of the picture, `subdivision` a pixel's side.
  @inline(__always)
  func forEachSample<Value>(
    subdivision: Int = 1, of values: [Value], as number: (Value) -> Float,
    _ body: (_ row: Int, _ column: Int, _ value: Float) -> Void
  ) {
    SliceSampler(plane: plane, slice: slice, size: size).forEachSample(
      rows: SamplePlace.evenly(rows * subdivision, over: plane.downward, in: size),
      columns: SamplePlace.evenly(columns * subdivision, over: plane.rightward, in: size),
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

  /// Lays a light veil over the CT, denser where the organ is more probable: at most 30 % opaque.
  func fill(_ probability: [UInt8], colour: RGBColour, in image: inout RGBImage) {
    forEachSample(of: probability, as: Float.init) { row, column, value in
      guard value > 0 else { return }
      image.blend(colour, opacity: 0.3 * value / 255, row: row, column: column)
    }
  }
}
