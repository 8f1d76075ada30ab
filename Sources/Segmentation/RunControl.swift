import CoarseToFine

/// The caller's hands on a run: progress out, cancellation in.
public struct RunControl {
  /// How far a run is.
  public struct Progress: Sendable {
    /// Share of the work done, 0...1, never falling.
    public let fraction: Double
    /// What is being done.
    public let stage: Step
    /// Fine round, counted from 1; 0 in the other steps.
    public let round: Int
  }

  /// The steps of a run, in their order.
  public enum Step: String, Sendable {
    /// Weights are read and checked.
    case load
    /// The volume goes to the working grid.
    case prepare
    /// The coarse networks run.
    case coarse
    /// The fine networks run.
    case fine
    /// The mask goes back to the host's grid.
    case finish
  }

  /// Called on the thread that runs the segmentation.
  public let progress: (Progress) -> Void
  /// Polled before every slice; must be callable from any thread, as islet.h says, even if only the caller's asks today.
  public let isCancelled: @Sendable () -> Bool
  /// Called after every pass on the thread that runs the segmentation; nil, the default, costs nothing.
  public let didFinishPass: ((FinishedPass) -> Void)?

  /// A control that listens to nothing unless given.
  public init(
    progress: @escaping (Progress) -> Void = { _ in }, isCancelled: @escaping @Sendable () -> Bool = { false },
    didFinishPass: ((FinishedPass) -> Void)? = nil
  ) {
    self.progress = progress
    self.isCancelled = isCancelled
    self.didFinishPass = didFinishPass
  }

  /// Thrown inside a run when the caller asked to stop; never leaves the module.
  struct Cancelled: Error {}

  /// Throws `Cancelled` when the caller asked to stop.
  func checkCancellation() throws {
    if isCancelled() { throw Cancelled() }
  }
}

extension RunControl {
  /// Reports a step outside the iteration.
  func report(_ step: Step, _ fraction: Double) {
    progress(Progress(fraction: fraction, stage: step, round: 0))
  }

  /// Reports a slice of the iteration.
  func report(_ run: RunProgress) {
    let share = run.slicesTotal == 0 ? 1 : Double(run.slicesDone) / Double(run.slicesTotal)
    progress(
      Progress(
        fraction: ProgressMeter.fraction(of: run.stage, round: run.round, share: share),
        stage: run.stage == .coarse ? .coarse : .fine, round: run.round))
  }
}
