/// Why a cohort's folder was refused: a code for programs and one sentence for people.
public struct CohortError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of refusal.
  public enum Code: String, CaseIterable, Hashable, Sendable {
    /// The path names no folder.
    case notFound
    /// The folder or its cohort.json could not be read.
    case unreadable
    /// cohort.json is not the JSON that its schema asks for, or its fields contradict each other.
    case invalidDescription
    /// cohort.json follows a schema that this reader does not know.
    case unsupportedSchema
    /// A case's image or labels are not where cohort.json says.
    case missingFile
    /// There is no cohort.json and no sub-folder with an image and labels.
    case noCases
  }

  /// What kind of refusal this is.
  public let code: Code
  /// The file or field, what was expected, what was found, and what to do.
  public let message: String

  /// Makes an error; `message` is shown to users as it is.
  public init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

  /// The message alone: the code is for programs.
  public var description: String { message }
}
