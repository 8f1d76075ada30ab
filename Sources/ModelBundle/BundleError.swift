/// Why a weight bundle, or a file that should become one, was refused.
///
/// The code is for programs (the plugin maps each to one status of the C interface), the message for people: one sentence
/// with the file, the section or field, what was expected and found, and what to do.
public struct BundleError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of refusal; new ones may be added, so a switch over them needs a default.
  public enum Code: String, CaseIterable, Hashable, Sendable {
    /// The file does not exist, is no ordinary file, or the system refused to open or read it.
    case cannotOpen
    /// The file does not start as a bundle does: another kind of file, or one that was transferred as text.
    case notABundle
    /// A bundle of a later format, or one that uses something this reader does not know yet.
    case unsupportedVersion
    /// Bytes are missing, surplus or changed: layout, padding, hash or compressed data do not agree.
    case corrupt
    /// The manifest is not the JSON that the format asks for, or its fields contradict each other.
    case invalidManifest
    /// A tensor is absent, has another shape than its network needs, or holds NaN or infinity.
    case invalidTensor
    /// A weight file to be packed (safetensors) is not what it should be.
    case invalidWeights
    /// Nobody signed the bundle, and unsigned ones are not accepted.
    case unsigned
    /// The bundle's signature names a key that is not trusted.
    case foreignSignature
    /// The bundle's signature names a trusted key but does not fit.
    case changedSignature
    /// The bundle is older than the oldest accepted version of its name.
    case rolledBack
    /// A key or signature file that is none, or a list of trusted keys or versions that cannot be read.
    case invalidKey
    /// The system refused memory for reading.
    case outOfMemory
    /// The bundle could not be written: no space, no permission.
    case cannotWrite
  }

  /// What kind of refusal this is.
  public let code: Code
  /// One sentence: what was wrong, where, expected and found, and what to do.
  public let message: String

  /// Makes an error; `message` is shown to users as it is.
  public init(code: Code, message: String) { (self.code, self.message) = (code, message) }

  /// The message alone: the code is for programs.
  public var description: String { message }
}
