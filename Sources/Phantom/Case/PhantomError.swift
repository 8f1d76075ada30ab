/// Why a synthetic case was refused, as a sentence for the user.
public struct PhantomError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was expected, what was found, and what to do.
  public let description: String

  /// An error with its sentence.
  public init(_ description: String) { self.description = description }
}
