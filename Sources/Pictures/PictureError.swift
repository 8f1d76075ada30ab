/// Why a picture could not be drawn or encoded.
public struct PictureError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of thing went wrong; each has a test of its name.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    /// The mask does not have the volume's size.
    case maskSizeMismatch
    /// The probability map does not have one value per voxel of the volume.
    case probabilityCountMismatch
    /// An image without pixels, or with more rows or columns than a JPEG can hold.
    case imageSize
    /// A JPEG quality outside 1...100.
    case quality
    /// libjpeg gave up; the message holds its reason.
    case encoding
  }

  /// What kind of thing went wrong.
  public let code: Code
  /// What was wrong, with what was expected and found, and what to do.
  public let message: String

  /// Same as `message`.
  public var description: String { message }
}
