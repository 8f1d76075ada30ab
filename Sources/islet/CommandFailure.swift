import Cohort
import DicomSeries
import HostClient
import ImageFiles
import ModelBundle

/// Why a command ended without doing its work: an exit code and one sentence (what, where, what to do).
struct CommandFailure: Error {
  /// The exit codes of the harness; 0 means a mask.
  enum ExitCode: Int32 {
    case usage = 2
    case input = 3
    case bundle = 4
    case resources = 5
    case nothingFound = 6
    case plugin = 7
    case cancelled = 130
  }

  let exitCode: ExitCode
  let sentence: String
}

extension CommandFailure {
  /// A failed call into the plugin; the kind of status decides.
  init(_ error: HostError) {
    let exitCode: ExitCode =
      switch error.code {
      case .cancelled: .cancelled
      case .notAPlugin, .incompatiblePlugin: .plugin
      case .status(105): .input
      case .status(107), .status(108): .usage
      case .status(200..<300): .bundle
      case .status(300..<400): .resources
      case .status: .plugin
      }
    self.init(exitCode: exitCode, sentence: error.description)
  }

  /// An image that cannot be read or written.
  init(_ error: ImageError) {
    let exitCode: ExitCode =
      switch error.code {
      case .cancelled: .cancelled
      case .notWritten: .resources
      case .dicom where Self.readerFailures.contains(error.dicom?.code ?? .notFound): .plugin
      default: .input
      }
    self.init(exitCode: exitCode, sentence: error.message)
  }

  /// Ways in which the helper process fails, whatever the files are.
  private static let readerFailures: Set<DicomError.Code> = [
    .readerNotStarted, .readerDied, .readerSilent, .readerMalformed,
  ]

  /// A folder that is no cohort.
  init(_ error: CohortError) { self.init(exitCode: .input, sentence: error.message) }

  /// A bundle, a recipe or a weight file that was refused or cannot be written.
  init(_ error: BundleError) {
    let exitCode: ExitCode =
      switch error.code {
      case .invalidWeights: .input
      case .invalidKey: .usage
      case .cannotWrite, .outOfMemory: .resources
      default: .bundle
      }
    self.init(exitCode: exitCode, sentence: error.message)
  }
}
