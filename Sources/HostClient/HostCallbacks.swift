/// What a host wants to hear while the plugin works. Every closure may be left out.
public struct HostCallbacks: Sendable {
  /// How far a run is.
  public struct Progress: Sendable {
    /// Share of the work done, 0...1, never falling within one run.
    public let fraction: Double
    /// "load", "prepare", "coarse", "fine" or "finish".
    public let stage: String
    /// Fine round, counted from 1; 0 in the other stages.
    public let round: Int
  }

  /// Called on the thread that called `segment`.
  public var progress: @Sendable (Progress) -> Void
  /// Polled before every slice, also from worker threads: quick and thread-safe.
  public var isCancelled: @Sendable () -> Bool
  /// Severity (0 debug ... 3 error) and one line of text.
  public var log: @Sendable (Int, String) -> Void

  /// Callbacks that do nothing unless given.
  public init(
    progress: @escaping @Sendable (Progress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false },
    log: @escaping @Sendable (Int, String) -> Void = { _, _ in }
  ) {
    self.progress = progress
    self.isCancelled = isCancelled
    self.log = log
  }
}
