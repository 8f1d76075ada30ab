import CoarseToFine
import ModelBundle
import Volumes

extension ResultFlags {
  /// The flags of a finished run, but for those of its appraisal and its bundle.
  init(end: FixedPointResult.End, mask: LabelMap, grid: WorkingGrid, inputRange: Manifest.InputRange) {
    self = []
    switch end {
    case .converged: break
    case .roundsUsedUp: insert(.notConverged)
    case .collapsed: insert(.collapsed)
    case .empty: insert(.empty)
    }
    if mask.touchesBorder { insert(.touchesBorder) }
    if grid.bodyIsMissing { insert(.noBody) }
    if grid.host.obliqueness > Self.obliqueDegrees { insert(.oblique) }
    let range = grid.hounsfieldRange
    if Double(range.lowerBound) < inputRange.hu.minimum || Double(range.upperBound) > inputRange.hu.maximum {
      insert(.hounsfieldOutOfRange)
    }
    if !grid.spacingLies(in: inputRange.spacingMillimetres) { insert(.spacingOutOfRange) }
  }
}

extension LabelMap {
  /// Whether a foreground voxel lies in an outermost layer of the volume.
  var touchesBorder: Bool {
    for z in 0..<size.z {
      for y in 0..<size.y {
        let row = (z * size.y + y) * size.x
        if z == 0 || z == size.z - 1 || y == 0 || y == size.y - 1 {
          if labels[row..<row + size.x].contains(where: { $0 != 0 }) { return true }
        } else if labels[row] != 0 || labels[row + size.x - 1] != 0 {
          return true
        }
      }
    }
    return false
  }

  /// Gives every foreground voxel one label value.
  mutating func replaceForeground(with value: UInt8) {
    labels.withUnsafeMutableBufferPointer { labels in
      for index in labels.indices where labels[index] != 0 { labels[index] = value }
    }
  }
}
