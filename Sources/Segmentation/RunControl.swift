import CoarseToFine
import ModelBundle

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
  /// The same control, with fractions of a meter.
  func metered(by meter: ProgressMeter) -> MeteredControl { MeteredControl(caller: self, meter: meter) }
}

/// A control whose progress is weighted by a run's forecast work.
struct MeteredControl {
  /// The control itself.
  let caller: RunControl
  private let meter: ProgressMeter

  fileprivate init(caller: RunControl, meter: ProgressMeter) { (self.caller, self.meter) = (caller, meter) }

  /// Throws `Cancelled` when the caller asked to stop.
  func checkCancellation() throws { try caller.checkCancellation() }

  /// Tells whoever listens of a finished pass.
  func observe(_ snapshot: RoundSnapshot, on grid: WorkingGrid, label: Manifest.Label) throws {
    try caller.observe(snapshot, on: grid, label: label)
  }

  /// Reports a step outside the iteration.
  func report(_ step: RunControl.Step, share: Double) {
    caller.progress(RunControl.Progress(fraction: meter.fraction(of: step, share: share), stage: step, round: 0))
  }

  /// Reports a slice of the iteration.
  func report(_ run: RunProgress) {
    let share = run.slicesTotal == 0 ? 1 : Double(run.slicesDone) / Double(run.slicesTotal)
    let step: RunControl.Step = run.stage == .coarse ? .coarse : .fine
    caller.progress(
      RunControl.Progress(
        fraction: meter.fraction(of: step, round: run.round, share: share), stage: step, round: run.round))
  }
}
