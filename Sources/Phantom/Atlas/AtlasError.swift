/// Why a label map or its table cannot be synthesised from: a code for programs and a sentence for people.
public struct AtlasError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of refusal, a small open set.
  public enum Code: String, CaseIterable, Hashable, Sendable {
    /// The table is not JSON of the schema, or a value of it is out of range.
    case invalidTable
    /// The label map has another size than its geometry, fewer than two voxels along an axis, or lies oblique.
    case invalidLabelMap
    /// The label map holds a value that the table does not name.
    case unknownLabel
    /// The table or the label map has no pancreas, or the table no fat that could fill gaps.
    case missingTissue
    /// The wanted size, spacing or difficulty cannot be rendered.
    case invalidRequest
  }

  /// What kind of refusal this is.
  public let code: Code
  /// What was wrong, where, what was expected, and what to do.
  public let message: String

  init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

  /// The message alone; it is a whole sentence.
  public var description: String { message }
}
