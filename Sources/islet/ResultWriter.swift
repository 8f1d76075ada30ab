import Foundation
import HostClient
import ImageFiles
import Pictures
import Volumes

/// Writes what people look at: mask and probability for viewers, overlays and the report for eyes.
struct ResultWriter {
  let image: LoadedImage
  /// File or folder name of the CT.
  let name: String
  let outcome: SegmentationSession.Outcome

  /// mask.nii.gz and probability.nii.gz, and views.nii.gz if asked for, on the grid of the CT.
  func writeImages(into folder: OutputFolder) throws(CommandFailure) {
    let geometry = image.volume.geometry
    do throws(ImageError) {
      try NIfTI.write(labels: outcome.segmentation.mask, geometry: geometry, to: folder.path(for: "mask.nii.gz"))
      try NIfTI.write(
        probability: outcome.segmentation.probability, geometry: geometry, to: folder.path(for: "probability.nii.gz"))
      if let views = outcome.segmentation.viewMasks {
        try NIfTI.write(labels: views, geometry: geometry, to: folder.path(for: "views.nii.gz"))
      } else {
        folder.leaveOut("views.nii.gz")
      }
    } catch {
      throw CommandFailure(error)
    }
  }

  /// overlay-axial.jpg, overlay-coronal.jpg, overlay-sagittal.jpg and report.html.
  func writeReport(_ document: ResultDocument, into folder: OutputFolder) throws {
    let pictures: [ReportModel.Picture]
    do {
      let renderer = try OverlayRenderer(
        volume: image.volume, mask: outcome.segmentation.mask, probability: outcome.segmentation.probability)
      pictures = try [View.axial, .coronal, .sagittal].map { view in
        let overlay = renderer.draw(view)
        return ReportModel.Picture(view: view, jpeg: try JPEGEncoder.encode(overlay.image), caption: overlay.caption)
      }
    } catch let error as PictureError {
      throw CommandFailure(exitCode: .resources, sentence: "the overlays cannot be drawn: \(error.message)")
    }
    for picture in pictures {
      try folder.write(Data(picture.jpeg), as: "overlay-\(picture.view.rawValue).jpg")
    }
    let page = Report.html(ReportModel(document, outcome: outcome, image: image, name: name, overlays: pictures))
    try folder.write(Data(page.utf8), as: "report.html")
  }
}
