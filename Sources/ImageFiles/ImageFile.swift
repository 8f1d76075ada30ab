public import DicomSeries
import Foundation
public import Volumes

/// A volume read from disk, with what a report says about where it came from.
public struct LoadedImage: Sendable {
  /// The formats that are read.
  public enum Format: String, Sendable {
    /// NIfTI-1 or NIfTI-2 in one file, plain or gzip.
    case nifti = "NIfTI"
    /// NRRD in one file, raw or gzip.
    case nrrd = "NRRD"
    /// A DICOM series of CT images, or one enhanced multi-frame CT.
    case dicom = "DICOM"
    /// Computed from a seed; no file was read.
    case synthetic = "synthetic"
  }
  /// Hounsfield units and their place in the patient (LPS mm).
  public let volume: Volume
  /// What the content was, whatever the name said.
  public let format: Format
  /// One line for a report: format, data type or transfer syntax, number of files. No patient attribute.
  public let source: String
  /// What a careful reader should know, one sentence each; empty for an image without peculiarities.
  public let notes: [String]

  /// What objects derived from a DICOM series copy from it; nil for every other format.
  public let series: SourceSeries?

  /// Takes everything as it is.
  public init(volume: Volume, format: Format, source: String, notes: [String], series: SourceSeries? = nil) {
    (self.volume, self.format, self.source, self.notes) = (volume, format, source, notes)
    self.series = series
  }
}

/// Reads a CT from a file or a folder, by its content and not by its name.
public enum ImageFile {
  /// Reads a NIfTI or NRRD file, a DICOM file, or a CT series of a DICOM folder.
  ///
  /// Cost: one pass over the data; memory is 2 bytes a voxel and a small buffer.
  /// - Parameters:
  ///   - path: a file or a folder.
  ///   - dicomReader: the client of the helper process; used only when the content is DICOM.
  public static func read(_ path: String, dicomReader: DicomSeriesReader) throws(ImageError) -> LoadedImage {
    if isFolder(path) { return try readDicom(path, dicomReader) }
    let file = try InputFile(path)
    let start = try file.peek(132)
    if start.count >= 132, Array(start[128..<132]) == Array("DICM".utf8) { return try readDicom(path, dicomReader) }
    if start.starts(with: Array("NRRD".utf8)) {
      return try NRRD.read(path)
    }
    return try NIfTI.read(file)
  }

  /// Reads a label map from a NIfTI or NRRD file: every value must be a whole number from 0 to 255.
  ///
  /// Throws `unsupported` for a folder and for DICOM.
  public static func readLabels(_ path: String) throws(ImageError) -> (labels: LabelMap, geometry: VolumeGeometry) {
    guard !isFolder(path) else {
      throw ImageError(.unsupported, "\(path): is a folder; labels are read from a NIfTI or NRRD file")
    }
    let start = try InputFile(path).peek(132)
    if start.count >= 132, Array(start[128..<132]) == Array("DICM".utf8) {
      throw ImageError(.unsupported, "\(path): is DICOM; labels are read from a NIfTI or NRRD file")
    }
    return start.starts(with: Array("NRRD".utf8)) ? try NRRD.readLabels(path) : try NIfTI.readLabels(path)
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  private static func readDicom(_ path: String, _ reader: DicomSeriesReader) throws(ImageError) -> LoadedImage {
    let series: DicomVolume
    do { series = try reader.read(path) } catch { throw ImageError(error) }
    let frames = "\(series.volume.size.z) slices of \(series.fileCount) \(series.fileCount == 1 ? "file" : "files")"
    return LoadedImage(
      volume: series.volume, format: .dicom, source: "DICOM CT, \(frames), \(series.transferSyntax)",
      notes: series.notes, series: series.source)
  }
}
