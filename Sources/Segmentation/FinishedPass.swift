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
  /// Tells whoever listens of a finished pass. Cost: four masks brought to the host's grid; nothing without a listener.
  func observe(_ snapshot: RoundSnapshot, on grid: WorkingGrid, label: Manifest.Label) throws {
    guard let didFinishPass else { return }
    var mask = try grid.maskOnHost(snapshot.mask) { try checkCancellation() }
    mask.replaceForeground(with: UInt8(clamping: label.value))
    didFinishPass(
      FinishedPass(
        stage: snapshot.stage == .coarse ? .coarse : .fine, round: snapshot.round?.number ?? 0,
        diceToPrevious: snapshot.round?.diceToPrevious, mask: mask,
        viewMasks: try grid.viewMasksOnHost(snapshot.viewMasks) { try checkCancellation() }))
  }
}
