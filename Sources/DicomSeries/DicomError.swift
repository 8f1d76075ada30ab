/// Why a DICOM series was not read: a code for programs and one sentence for people.
public struct DicomError: Error, Sendable, CustomStringConvertible {
  /// The kinds of failure; a host may branch on them.
  public enum Code: String, Sendable, CaseIterable {
    /// The path names nothing that can be opened.
    case notFound
    /// The folder holds no DICOM file.
    case noDicomFiles
    /// DICOM files, but no CT image among them.
    case noCTImages
    /// More files, folders or voxels than are read.
    case tooLarge
    /// A file could not be decoded, or is cut off.
    case unreadableFile
    /// An attribute that a CT image must have is absent or not usable.
    case invalidAttribute
    /// A kind of CT image that is not read here: the sentence names it.
    case unsupported
    /// Several CT series, and nothing to choose one by: the sentence lists them.
    case severalSeries
    /// The series that was asked for is not there: the sentence lists those that are.
    case noSuchSeries
    /// Images of one series differ in rows, columns or pixel spacing.
    case mixedSizes
    /// Images of one series lie in planes that are not parallel.
    case mixedOrientations
    /// Two images lie at the same place.
    case duplicatePositions
    /// Slices are missing, or their distances uneven.
    case unevenSlices
    /// Slices are shifted against each other: the gantry was tilted.
    case gantryTilt
    /// The helper process could not be started.
    case readerNotStarted
    /// The helper process ended before it had answered.
    case readerDied
    /// The helper process gave no sign within the time-out and was ended.
    case readerSilent
    /// The helper process answered something that is not the protocol.
    case readerMalformed
    /// The caller asked to stop.
    case cancelled
  }
  /// What kind of failure this is.
  public let code: Code
  /// The file or series, the attribute, what was expected, what was found, and what to do.
  public let message: String

  /// Makes an error from a code and a full sentence.
  public init(_ code: Code, _ message: String) {
    (self.code, self.message) = (code, message)
  }

  /// The sentence.
  public var description: String { message }
}
