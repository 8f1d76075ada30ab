public import ModelBundle

/// Why a segmentation could not be made; each code is one status of islet.h.
public struct SegmentationError: Error, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Code: Hashable, Sendable {
    /// The volume cannot be used.
    case volume
    /// The request asks for something unknown or out of range.
    case request
    /// The bundle cannot be used.
    case bundle(BundleError.Code)
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
