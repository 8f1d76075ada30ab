import ModelBundle
import Networks

/// Why a segmentation could not be made; each code is one status of islet.h.
public struct SegmentationError: Error, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Code: Hashable, Sendable {
    /// The volume cannot be used.
    case volume
    /// The settings of an instance ask for something unknown, or its trusted keys cannot be read.
    case config
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
    /// The bundle is not signed, and the host does not accept that.
    case bundleUnsigned
    /// The bundle is signed with a key that the host does not trust.
    case bundleForeign
    /// The bundle's signature does not fit it.
    case bundleChanged
    /// The bundle is older than the oldest version that the host accepts.
    case bundleRolledBack
    /// The computation got no memory or no threads.
    case resources
    /// The library that computes is missing.
    case engineMissing
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
      case .unsigned: .bundleUnsigned
      case .foreignSignature: .bundleForeign
      case .changedSignature: .bundleChanged
      case .rolledBack: .bundleRolledBack
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
      case .engineMissing: .engineMissing
      }
    self.init(code: code, description: "\(place): \(error.message)")
  }
}
