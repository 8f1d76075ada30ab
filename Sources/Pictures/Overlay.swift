public import Volumes

/// A drawn picture and what it shows.
public struct Overlay: Sendable {
  /// The view, in the patient's terms.
  public let view: View
  /// The picture.
  public internal(set) var image: RGBImage
  /// The array axis that the slice number counts: the one closest to the view's patient axis.
  public let sliceAxis: Axis
  /// Index of the slice along `sliceAxis`, from 0.
  public let slice: Int
  /// Number of slices along `sliceAxis`.
  public let sliceCount: Int
  /// True when there is no organ to outline; the picture then shows the middle slice.
  public let maskIsEmpty: Bool
  /// Width and height of a pixel, mm.
  public let millimetresPerPixel: Double

  /// One sentence for the reader: view, slice and why this slice.
  public var caption: String {
    let place = "\(view.inWords), slice \(slice + 1) of \(sliceCount)"
    return maskIsEmpty
      ? "\(place): the middle of the volume, because the mask is empty."
      : "\(place): the organ's largest cross-section."
  }
}

extension View {
  /// "Axial", "Coronal" or "Sagittal".
  var inWords: String {
    switch self {
    case .axial: "Axial"
    case .coronal: "Coronal"
    case .sagittal: "Sagittal"
    }
  }
}
