import CIslet

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

/// Keeps the callbacks at a stable address for the plugin's `host_data`.
final class CallbackBox: Sendable {
  let callbacks: HostCallbacks
  init(_ callbacks: HostCallbacks) { self.callbacks = callbacks }

  /// The box behind a callback's `host_data`; nil when the plugin handed back something else than it was given.
  static func from(_ hostData: UnsafeMutableRawPointer?) -> CallbackBox? {
    hostData.map { Unmanaged<CallbackBox>.fromOpaque($0).takeUnretainedValue() }
  }

  /// The C table whose functions call the closures. Valid as long as this box lives.
  func hostTable(name: UnsafePointer<CChar>, version: UnsafePointer<CChar>) -> islet_host {
    islet_host(
      struct_size: UInt32(MemoryLayout<islet_host>.size), reserved: 0, name: name, version: version,
      host_data: Unmanaged.passUnretained(self).toOpaque(),
      log: { hostData, severity, message in
        guard let message else { return }
        CallbackBox.from(hostData)?.callbacks.log(Int(severity), String(cString: message))
      },
      progress: { hostData, fraction, stage, iteration, _ in
        CallbackBox.from(hostData)?.callbacks.progress(
          HostCallbacks.Progress(
            fraction: fraction, stage: stage.map { String(cString: $0) } ?? "", round: Int(iteration)))
      },
      is_cancelled: { hostData in CallbackBox.from(hostData)?.callbacks.isCancelled() == true ? 1 : 0 },
      get_extension: nil)
  }
}
