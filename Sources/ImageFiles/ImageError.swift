public import DicomSeries

/// Why an image was not read or not written: a code for programs and one sentence for people.
public struct ImageError: Error, Sendable, CustomStringConvertible {
  /// The kinds of failure; a host may branch on them.
  public enum Code: String, Sendable, CaseIterable {
    /// The path names nothing.
    case notFound
    /// The file exists but the system refused to read it.
    case unreadable
    /// The file has no bytes, or the folder no files.
    case empty
    /// The content is no format that is read here.
    case notAnImage
    /// A known format in a variant that is not read here: the sentence names the variant.
    case unsupported
    /// A header field contradicts the format or another field.
    case invalidHeader
    /// The file ends before the voxels that its header announces.
    case truncated
    /// The compressed stream is damaged.
    case damaged
    /// The axes are sheared or the position in the patient is not usable.
    case invalidGeometry
    /// A voxel is not a number, or not a label where labels are read.
    case invalidVoxels
    /// More voxels than are read, or than memory holds.
    case tooLarge
    /// The output could not be written; nothing partial is left.
    case notWritten
    /// A DICOM series lacks a UID that an object derived from it must name.
    case incompleteSeries
    /// A DICOM series was refused: `ImageError.dicom` tells why.
    case dicom
    /// The caller asked to stop.
    case cancelled
  }
  /// What kind of failure this is.
  public let code: Code
  /// The file, the field, what was expected, what was found, and what to do.
  public let message: String
  /// The error of the DICOM reader when `code` is `dicom` or `cancelled`.
  public let dicom: DicomError?

  /// Makes an error from a code and a full sentence.
  public init(_ code: Code, _ message: String) {
    (self.code, self.message) = (code, message)
    dicom = nil
  }

  /// Carries a DICOM error on; its sentence stays as it is.
  public init(_ dicom: DicomError) {
    code = dicom.code == .cancelled ? .cancelled : .dicom
    message = dicom.message
    self.dicom = dicom
  }

  /// The sentence.
  public var description: String { message }
}
