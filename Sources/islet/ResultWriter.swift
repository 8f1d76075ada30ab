import DicomSeries
import Foundation
import Glibc
import HostClient
import ImageFiles
import ModelBundle
import Pictures
import ResultFiles
import Volumes

/// Writes what other programs and people look at: the mask in every format asked for, statistics, pictures, the report.
struct ResultWriter {
  let image: LoadedImage
  /// What the report calls the CT.
  let name: String
  let outcome: SegmentationSession.Outcome
  let options: ResultOptions

  /// Refuses formats that the input cannot have, before anything is computed.
  static func check(_ options: ResultOptions, _ image: LoadedImage) throws(CommandFailure) {
    guard let format = OutputFormat.allCases.first(where: { options.formats.contains($0) && $0.needsSeries }) else {
      return
    }
    guard let series = image.series else {
      throw CommandFailure(
        exitCode: .usage,
        sentence: "--formats \(format.rawValue): needs a DICOM series as input, whose patient and images it names; "
          + "this input is \(image.format.rawValue)")
    }
    do throws(ImageError) {
      try DerivedObject.check(series, geometry: image.volume.geometry)
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Every file that `writeImages` may write, or remove as one of an earlier result.
  static let imageNames = OutputFormat.allCases.flatMap(\.files) + [viewsName]
  private static let viewsName = "views.nii.gz"

  /// The files of the formats asked for, statistics.csv, and views.nii.gz if asked for, on the grid of the CT.
  ///
  /// Of an empty mask only label maps and probabilities are written: a segmentation without segments is none.
  func writeImages(into folder: OutputFolder) throws(CommandFailure) {
    do throws(ImageError) {
      for format in OutputFormat.allCases {
        if options.formats.contains(format) {
          try write(format, into: folder)
        } else {
          for file in format.files { folder.leaveOut(file) }
        }
      }
      if let views = outcome.segmentation.viewMasks {
        try NIfTI.write(labels: views, geometry: image.volume.geometry, to: folder.path(for: Self.viewsName))
      } else {
        folder.leaveOut(Self.viewsName)
      }
    } catch {
      throw CommandFailure(error)
    }
    if let statistics {
      let label = outcome.trace.label
      try folder.write(Data(statistics.csv(label: label.value, name: label.name).utf8), as: "statistics.csv")
    }
  }

  private func write(_ format: OutputFormat, into folder: OutputFolder) throws(ImageError) {
    let (mask, probability) = (outcome.segmentation.mask, outcome.segmentation.probability)
    let geometry = image.volume.geometry
    let files = format.files
    guard format == .nifti || format == .nrrd || !mask.isEmpty else {
      for file in files { folder.leaveOut(file) }
      return
    }
    switch format {
    case .nifti:
      try NIfTI.write(labels: mask, geometry: geometry, to: folder.path(for: files[0]))
      try NIfTI.write(probability: probability, geometry: geometry, to: folder.path(for: files[1]))
    case .nrrd:
      try NRRD.write(labels: mask, geometry: geometry, to: folder.path(for: files[0]))
      try NRRD.write(probability: probability, geometry: geometry, to: folder.path(for: files[1]))
    case .segNRRD:
      _ = try SegmentationNRRD.write(mask: mask, geometry: geometry, organ: organ, to: folder.path(for: files[0]))
    case .surface:
      _ = try SurfaceFile.write(mask: mask, geometry: geometry, to: folder.path(for: files[0]))
    case .dicomSeg:
      guard let object = try derivedObject() else { return }
      _ = try DicomSegmentation.write(mask: mask, of: object, to: folder.path(for: files[0]))
      let hasProbability = probability.contains { $0 != 0 }
      guard hasProbability else { return folder.leaveOut(files[1]) }
      _ = try DicomSegmentation.write(probability: probability, of: object, to: folder.path(for: files[1]))
    case .rtstruct:
      guard let object = try derivedObject() else { return }
      _ = try StructureSet.write(mask: mask, of: object, to: folder.path(for: files[0]))
    }
  }

  private func derivedObject() throws(ImageError) -> DerivedObject? {
    guard let series = image.series else { return nil }
    return try DerivedObject(
      series: series, geometry: image.volume.geometry, organ: organ,
      origin: ResultOrigin(bundle: outcome.trace.bundle, pluginVersion: outcome.pluginVersion),
      identity: options.anonymous ? .leftOut : .copied)
  }

  private var statistics: MaskStatistics? {
    MaskStatistics(mask: outcome.segmentation.mask, volume: image.volume)
  }

  /// The label as the bundle describes it.
  private var organ: SegmentedOrgan {
    let found = outcome.trace.label
    let label = outcome.manifest.labels.first { $0.value == found.value }
    func concept(_ code: Manifest.Code?, _ general: CodedConcept) -> CodedConcept {
      code.map { CodedConcept($0.code, $0.scheme, $0.meaning) } ?? general
    }
    let colour = label?.colour ?? []
    return SegmentedOrgan(
      value: UInt8(clamping: found.value), name: found.name,
      category: concept(label?.category, CodedConcept("123037004", "SCT", "Anatomical Structure")),
      type: concept(label?.type, CodedConcept("113343008", "SCT", "Organ")),
      colour: colour.count == 3 ? SIMD3(colour[0], colour[1], colour[2]) : SIMD3(255, 184, 28))
  }

  /// The overlays, montage.jpg and report.html.
  func writeReport(_ document: ResultDocument, into folder: OutputFolder) throws {
    let (pictures, levels): ([ReportModel.Picture], [ReportModel.Picture])
    let montage: [UInt8]?
    do {
      let renderer = try OverlayRenderer(
        volume: image.volume, mask: outcome.segmentation.mask, probability: outcome.segmentation.probability)
      pictures = try [View.axial, .coronal, .sagittal].map { view in
        let overlay = renderer.draw(view)
        return ReportModel.Picture(view: view, jpeg: try JPEGEncoder.encode(overlay.image), caption: overlay.caption)
      }
      let tiles = LevelTiles(renderer)
      levels = try tiles.tiles.map {
        ReportModel.Picture(view: $0.view, jpeg: try JPEGEncoder.encode($0.image, quality: 85), caption: $0.caption)
      }
      montage = try tiles.montage(title: outcome.trace.label.name).map { try JPEGEncoder.encode($0) }
    } catch let error as PictureError {
      throw CommandFailure(exitCode: .resources, sentence: "the overlays cannot be drawn: \(error.message)")
    }
    for picture in pictures {
      try folder.write(Data(picture.jpeg), as: "overlay-\(picture.view.rawValue).jpg")
    }
    if let montage { try folder.write(Data(montage), as: "montage.jpg") } else { folder.leaveOut("montage.jpg") }
    let model = ReportModel(
      document, outcome: outcome, image: image, name: name, overlays: pictures, levels: levels, statistics: statistics)
    let page = Report.html(model)
    try folder.write(Data(page.utf8), as: "report.html")
  }
}

extension ResultOrigin {
  /// This software with this bundle, now, in local time as DICOM wants it.
  fileprivate init(bundle: RunTrace.Bundle, pluginVersion: String) {
    var now = Glibc.time(nil)
    var parts = tm()
    localtime_r(&now, &parts)
    self.init(
      algorithm: "islet \(bundle.name)", version: bundle.version, fingerprint: bundle.sha256,
      software: "islet \(harnessVersion)\\plugin \(pluginVersion)",
      date: String(format: "%04d%02d%02d", Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)),
      time: String(format: "%02d%02d%02d", parts.tm_hour, parts.tm_min, parts.tm_sec))
  }
}
