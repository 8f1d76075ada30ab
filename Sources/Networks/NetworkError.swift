/// Why a network could not be described, loaded or run.
public struct NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong; one test in NetworksTests per case.
  public enum Code: Hashable, Sendable, CaseIterable {
    /// A description that no network can have (zero channels, even kernels, crops that lie outside).
    case impossibleDescription
    /// A weight tensor that the description needs was not supplied.
    case missingTensor
    /// A weight tensor whose shape or number of values is not the described one.
    case wrongShape
    /// An input of a size, or with a number of values, that the network cannot take.
    case impossibleInput
    /// Memory for weights, activations or a thread was refused.
    case outOfMemory
    /// oneDNN refused a layer.
    case engineFailure
    /// oneDNN is not on this machine, or too old.
    case engineMissing
  }

  /// The kind of failure.
  public var code: Code
  /// What was wrong, in which layer or tensor, expected and found, and what to do.
  public var message: String

  /// An error with its kind and its sentence.
  public init(code: Code, message: String) {
    (self.code, self.message) = (code, message)
  }

  /// The message.
  public var description: String { message }
}
