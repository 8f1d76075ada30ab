public import Volumes

/// How far a run is; what the checkpoint closure is told.
public struct RunProgress: Hashable, Sendable {
  /// Coarse or fine networks.
  public let stage: Stage
  /// 0 in the coarse pass, then t.
  public let round: Int
  /// The view whose slices are being predicted.
  public let view: View
  /// Slices of this pass, over its three views, whose prediction has arrived.
  public let slicesDone: Int
  /// Slices that this pass predicts in all; reused slices do not count.
  public let slicesTotal: Int
}

/// Reports progress and may end the run by throwing: cancellation comes this way.
///
/// Called before each call of the predictor and once for each slice that arrives from it, always on the thread that
/// runs the iteration. Predictions may run ahead in other threads, so this is the nearest thing to "before every slice"
/// that is always on the caller's thread; a predictor that wants to stop its own threads sooner must look for itself.
/// After a throw nothing more is called, and the error leaves the run unchanged.
public typealias Checkpoint = (RunProgress) throws -> Void
