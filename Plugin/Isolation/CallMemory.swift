/// Where the parts of one call lie in shared memory; both processes compute it from the same numbers.
///
/// Every part starts on a page of its own. A part that a call does not have is empty.
public struct CallMemory: Hashable, Sendable {
  /// The word with which the host asks the worker to stop.
  public let control: Range<Int>
  /// The host's voxels, packed, in the host's element type.
  public let voxels: Range<Int>
  /// The initial mask.
  public let initialMask: Range<Int>
  /// The results, as islet.h has them.
  public let mask: Range<Int>
  /// See `mask`.
  public let probability: Range<Int>
  /// See `mask`.
  public let viewMasks: Range<Int>
  /// Mask and views of a finished pass, for a host that watches them.
  public let passMask: Range<Int>
  /// See `passMask`.
  public let passViewMasks: Range<Int>
  /// Bytes in all.
  public var byteCount: Int { passViewMasks.upperBound }

  /// The bytes of each part of a call.
  public struct Sizes: Hashable, Sendable {
    public var voxels = 0, initialMask = 0, mask = 0, probability = 0, viewMasks = 0, passMask = 0, passViewMasks = 0
    /// No parts.
    public init() {}
  }

  /// The layout for parts of these sizes; nil when they are negative or do not fit an address space together.
  public init?(_ sizes: Sizes) {
    let page = 4096
    var end = 0
    func next(_ bytes: Int) -> Range<Int>? {
      let start = (end + page - 1) / page * page
      guard bytes >= 0, bytes <= 1 << 44, start <= 1 << 46 else { return nil }
      end = start + bytes
      return start..<end
    }
    guard let control = next(page), let voxels = next(sizes.voxels), let initialMask = next(sizes.initialMask),
      let mask = next(sizes.mask), let probability = next(sizes.probability), let viewMasks = next(sizes.viewMasks),
      let passMask = next(sizes.passMask), let passViewMasks = next(sizes.passViewMasks)
    else { return nil }
    (self.control, self.voxels, self.initialMask, self.mask) = (control, voxels, initialMask, mask)
    (self.probability, self.viewMasks) = (probability, viewMasks)
    (self.passMask, self.passViewMasks) = (passMask, passViewMasks)
  }
}
