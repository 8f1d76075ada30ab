import CoarseToFine
import ModelBundle
import Volumes

extension ResultFlags {
  /// The flags of a finished run, but for those of its appraisal and its bundle.
  init(end: FixedPointResult.End, touchesBorder: Bool, grid: WorkingGrid, inputRange: Manifest.InputRange) {
    self = []
    switch end {
    case .converged: break
    case .roundsUsedUp: insert(.notConverged)
    case .collapsed: insert(.collapsed)
    case .empty: insert(.empty)
    }
    if touchesBorder { insert(.touchesBorder) }
    if grid.bodyIsMissing { insert(.noBody) }
    if grid.host.obliqueness > Self.obliqueDegrees { insert(.oblique) }
    let range = grid.hounsfieldRange
    if Double(range.lowerBound) < inputRange.hu.minimum || Double(range.upperBound) > inputRange.hu.maximum {
      insert(.hounsfieldOutOfRange)
    }
    if !grid.spacingLies(in: inputRange.spacingMillimetres) { insert(.spacingOutOfRange) }
  }
}
