import CoarseToFine
import ModelBundle
public import Volumes

/// A finished pass as the host sees it: its masks on the host's grid.
public struct FinishedPass: Sendable {
  /// `coarse` or `fine`.
  public let stage: RunControl.Step
  /// 0 for the coarse pass, then t.
  public let round: Int
  /// d(t); nil for the coarse pass.
  public let diceToPrevious: Double?
  /// The organ's label value per voxel, or 0.
  public let mask: LabelMap
  /// What each view found on its own, bits 1 coronal, 2 sagittal, 4 axial, [z, y, x] with x fastest.
  public let viewMasks: [UInt8]
}

extension RunControl {
  /// Tells whoever listens of a finished pass. Cost: two maps brought to the host's grid; nothing without a listener.
  func observe(_ snapshot: RoundSnapshot, on grid: WorkingGrid, label: Manifest.Label) throws {
    guard let didFinishPass else { return }
    let mask = try grid.onHost(.mask(snapshot.mask, as: UInt8(clamping: label.value))) { try checkCancellation() }
    didFinishPass(
      FinishedPass(
        stage: snapshot.stage == .coarse ? .coarse : .fine, round: snapshot.round?.number ?? 0,
        diceToPrevious: snapshot.round?.diceToPrevious,
        mask: LabelMap(size: grid.host.size, labels: mask) ?? LabelMap(empty: grid.host.size),
        viewMasks: try grid.onHost(.views(snapshot.viewMasks, size: snapshot.mask.size)) { try checkCancellation() }))
  }
}

extension ReturningMap {
  /// The three views' masks, a bit each as in `ViewMasks`; without masks all are 0.
  static func views(_ masks: ViewMasks?, size: VolumeSize) -> ReturningMap {
    .masks(
      masks?.bits ?? [UInt8](repeating: 0, count: size.voxelCount), bits: View.allCases.map { ViewMasks.bit(of: $0) })
  }
}
