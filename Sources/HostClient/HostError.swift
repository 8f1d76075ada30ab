/// Why a plugin could not be used or a call failed, as a host sees it.
public struct HostError: Error, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong; decides what a host does next.
  public enum Code: Hashable, Sendable {
    /// The file is missing, is no shared library, or has no `islet_plugin_entry`.
    case notAPlugin
    /// The plugin speaks another major version of islet.h, or its table is incomplete.
    case incompatiblePlugin
    /// The run was cancelled, as the host asked.
    case cancelled
    /// A call returned this islet.h status.
    case status(Int32)
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
