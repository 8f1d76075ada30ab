/// Which slices of a view the coarse networks are run on.
///
/// The fine rounds repair what a sparser coarse pass misses, so this changes masks little and the time of the coarse pass
/// by its factor (docs/figures.md has both). Fine rounds always take every slice.
public enum CoarseSampling: String, CaseIterable, Hashable, Sendable {
  /// Every slice, as in the paper.
  case everySlice
  /// The middle one of every three. With three output maps they are those of the three slices, so none is averaged; with
  /// one map the probabilities between two computed slices are interpolated linearly.
  case everyThirdSlice

  /// The slices that are computed in a view of `count` slices, ascending; together with their neighbours they are all.
  public func slices(of count: Int) -> [Int] {
    switch self {
    case .everySlice: return Array(0..<max(count, 0))
    case .everyThirdSlice:
      var slices = Array(stride(from: 1, to: count, by: 3))
      if (slices.last ?? -2) + 1 < count - 1 { slices.append(count - 1) }
      return slices
    }
  }
}
