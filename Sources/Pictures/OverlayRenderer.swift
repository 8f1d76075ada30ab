public import Volumes

/// Draws a CT slice with the organ's outline, one picture a view.
///
/// The slice is the one with the organ's largest cross-section. Pictures are in the radiological convention whatever
/// the volume's orientation (see `PicturePlane`), with square pixels whatever its spacing.
public struct OverlayRenderer: Sendable {
  /// The CT.
  public let volume: Volume
  /// The organ; every label but 0 counts.
  public let mask: LabelMap
  /// Probability of each voxel, 0...255 for 0...1, in the volume's order; nil draws the outline alone.
  public let probability: [UInt8]?
  /// Colour of outline and fill.
  public let colour: RGBColour
  /// A truth to compare with, outlined in turquoise below the mask; its largest cross-section then chooses the slice.
  public let reference: LabelMap?
  /// Pixels along a picture's longer side, where the voxels are coarser than that; tests draw smaller ones.
  var longerSide: Double
  private let crossSections: CrossSections

  /// Checks the sizes and counts the organ's voxels in every slice.
  ///
  /// Throws `.maskSizeMismatch` or `.probabilityCountMismatch`. Cost: one pass over the mask.
  public init(
    volume: Volume, mask: LabelMap, probability: [UInt8]? = nil, colour: RGBColour = .amber,
    reference: LabelMap? = nil, longerSide: Double = 720
  ) throws(PictureError) {
    for mask in [mask, reference ?? mask] where mask.size != volume.size || mask.labels.count != volume.size.voxelCount
    {
      throw PictureError(
        code: .maskSizeMismatch,
        message: "the mask has \(mask.labels.count) labels for \(mask.size.inWords) voxels, the volume "
          + "\(volume.size.inWords) voxels; "
          + "resample the mask onto the volume first")
    }
    if let probability, probability.count != volume.size.voxelCount {
      throw PictureError(
        code: .probabilityCountMismatch,
        message: "the probability map has \(probability.count) values, expected one for each of the "
          + "\(volume.size.voxelCount) voxels of the volume")
    }
    (self.volume, self.mask, self.probability, self.colour) = (volume, mask, probability, colour)
    (self.reference, self.longerSide) = (reference, longerSide)
    crossSections = CrossSections(of: reference.map { $0.isEmpty ? mask : $0 } ?? mask)
  }

  /// The picture of one view.
  ///
  /// Cost: one picture of about 720 pixels along its longer side; about 30 ms.
  public func draw(_ view: View) -> Overlay {
    let plane = PicturePlane(view: view, geometry: volume.geometry)
    var overlay = drawAnatomy(view, plane)
    // Slim slices get a black surround, so that words and marks do not hide them.
    overlay.image = overlay.image.centred(onBlackOfAtLeast: 240, columns: 320)
    return overlay.annotated(edges: plane.edges)
  }

  /// The CT with the organ, before any word or mark; exactly the voxels' extent.
  func drawAnatomy(_ view: View, _ plane: PicturePlane) -> Overlay {
    let slice = crossSections.largest(along: plane.sliceAxis)
    let grid = PictureGrid(
      plane: plane, geometry: volume.geometry, slice: slice ?? volume.size[plane.sliceAxis] / 2,
      longerSide: longerSide)
    var image = grid.grayImage(of: volume)
    if slice != nil {
      if let probability { grid.fill(probability, colour: colour, in: &image) }
      if let reference { OrganOutline(mask: reference, grid: grid).draw(colour: .turquoise, in: &image) }
      OrganOutline(mask: mask, grid: grid).draw(colour: colour, in: &image)
    }
    return Overlay(
      view: view, image: image, sliceAxis: plane.sliceAxis, slice: grid.slice,
      sliceCount: volume.size[plane.sliceAxis], maskIsEmpty: slice == nil, millimetresPerPixel: grid.pixelMillimetres)
  }
}

extension VolumeSize {
  /// For instance "512 × 512 × 240".
  var inWords: String { "\(x) × \(y) × \(z)" }
}
