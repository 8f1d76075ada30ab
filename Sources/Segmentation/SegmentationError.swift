import ModelBundle
import Networks

/// Why a segmentation could not be made; each code is one status of islet.h.
public struct SegmentationError: Error, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Code: Hashable, Sendable {
    /// The volume cannot be used.
    case volume
    /// The request asks for something unknown or out of range.
    case request
    /// The bundle file cannot be opened or read.
    case bundleUnreadable
    /// The file is no bundle.
    case bundleFormat
    /// The bundle needs a newer reader.
    case bundleVersion
    /// The bundle is truncated or a checksum does not match.
    case bundleCorrupt
    /// The manifest is invalid or contradicts itself.
    case bundleManifest
    /// A tensor is missing, of another shape than its network needs, or not finite.
    case bundleTensor
    /// The computation got no memory or no threads.
    case resources
    /// A fault of our own.
    case `internal`
  }

  /// The kind of failure.
  public let code: Code
  /// What was wrong, where, and what to do.
  public let description: String

  /// An error with its sentence.
  public init(code: Code, description: String) {
    self.code = code
    self.description = description
  }
}

extension SegmentationError {
  /// A bundle's error, its sentence kept.
  init(_ error: BundleError) {
    let code: Code =
      switch error.code {
      case .cannotOpen: .bundleUnreadable
      case .notABundle: .bundleFormat
      case .unsupportedVersion: .bundleVersion
      case .corrupt: .bundleCorrupt
      case .invalidManifest: .bundleManifest
      case .invalidTensor: .bundleTensor
      case .outOfMemory: .resources
      // Codes of writers, which a reader does not throw.
      default: .internal
      }
    self.init(code: code, description: error.message)
  }

  /// A network's error, with the place where it happened.
  init(_ error: NetworkError, in place: String) {
    let code: Code =
      switch error.code {
      case .impossibleDescription: .bundleManifest
      case .missingTensor, .wrongShape: .bundleTensor
      case .outOfMemory: .resources
      case .impossibleInput: .volume
      case .engineFailure: .internal
      }
    self.init(code: code, description: "\(place): \(error.message)")
  }
}
