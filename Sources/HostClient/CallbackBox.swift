import CIslet

/// Keeps the callbacks at a stable address for the plugin's `host_data`.
///
/// `@unchecked Sendable`: `onPass` is set around a call of `segment` and used only on its thread, as pass_observer.h
/// promises; `lastErrorLine` likewise by the thread that called into the plugin; the rest does not change.
final class CallbackBox: @unchecked Sendable {
  let callbacks: HostCallbacks
  /// What is done with each finished pass of the present call of `segment`; nil offers the plugin no observer.
  var onPass: ((islet_pass) -> Void)?
  /// The last line that the plugin logged as an error: a failed `create` leaves no instance to ask.
  private(set) var lastErrorLine: String?
  /// What `get_extension` gives out: at one address as long as this box lives.
  private let observer: UnsafeMutablePointer<islet_pass_observer>

  init(_ callbacks: HostCallbacks) {
    self.callbacks = callbacks
    observer = .allocate(capacity: 1)
    observer.initialize(
      to: islet_pass_observer(
        struct_size: UInt32(MemoryLayout<islet_pass_observer>.size), reserved: 0,
        on_pass: { hostData, pass in
          // Any plugin may call: a struct that is too short is not read.
          guard let pass, pass.pointee.struct_size >= UInt32(MemoryLayout<islet_pass>.size) else { return }
          CallbackBox.from(hostData)?.onPass?(pass.pointee)
        }))
  }

  deinit { observer.deallocate() }

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
        guard let message, let box = CallbackBox.from(hostData) else { return }
        if severity == ISLET_LOG_ERROR { box.lastErrorLine = String(cString: message) }
        box.callbacks.log(Int(severity), String(cString: message))
      },
      progress: { hostData, fraction, stage, iteration, _ in
        CallbackBox.from(hostData)?.callbacks.progress(
          HostCallbacks.Progress(
            fraction: fraction, stage: stage.map { String(cString: $0) } ?? "", round: Int(iteration)))
      },
      is_cancelled: { hostData in CallbackBox.from(hostData)?.callbacks.isCancelled() == true ? 1 : 0 },
      get_extension: { hostData, id in
        guard let id, String(cString: id) == ISLET_EXT_PASS_OBSERVER, let box = CallbackBox.from(hostData),
          box.onPass != nil
        else { return nil }
        return UnsafeRawPointer(box.observer)
      })
  }
}
