/// Why a run could not start or go on: what was wrong, what was expected, what to do.
///
/// An organ that is not found is no error but an outcome: see `FixedPointResult.End`.
public struct CoarseToFineError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of failure.
  public enum Code: String, Hashable, Sendable {
    /// A field of the profile lies outside its range.
    case profileOutOfRange
    /// The slice planes are not one for each of the three views.
    case planesIncomplete
    /// The box that d(t) is measured in does not lie inside the volume.
    case boxOutsideVolume
    /// The initial mask does not have the size of the volume.
    case maskSizeMismatch
    /// The predictor answered with another crop, shape or number of crops than it was asked for.
    case predictionMismatch
  }

  /// The kind of failure.
  public let code: Code
  /// One sentence for the user.
  public let message: String

  /// The message, so that the error reads well when printed.
  public var description: String { message }
}
