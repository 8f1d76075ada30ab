/// Why voxels or a grid were refused: a code for programs and a sentence for people.
public struct VolumeError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kinds of refusal, a small open set.
  public enum Code: String, CaseIterable, Hashable, Sendable {
    /// The number of voxels of a buffer is not that of the geometry.
    case sizeMismatch
    /// Strides or sizes reach outside the address space, or a stride repeats one voxel.
    case invalidStrides
    /// The rescale slope or intercept is not finite, or the slope is zero.
    case invalidRescale
    /// A voxel is NaN or infinite.
    case nonFiniteVoxel
    /// A wanted spacing is not finite or not within 0.001 to 1000 mm.
    case invalidSpacing
    /// Resampling or padding would make more voxels than `VolumeSize.largestDerivedVoxelCount`.
    case tooManyVoxels
    /// A box does not lie inside the volume.
    case boxOutsideVolume
  }

  /// What kind of refusal this is.
  public let code: Code
  /// What was wrong, where, what was expected, and what to do.
  public let message: String

  /// Both are shown to people: the message must be a whole sentence.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// The code's name and the message.
  public var description: String { "\(code.rawValue): \(message)" }
}
