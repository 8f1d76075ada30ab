import CIslet
import Segmentation

/// The host's callbacks, copied at `create`.
///
/// `@unchecked Sendable`: islet.h obliges the host to make `is_cancelled` callable from any thread; `log` and `progress`
/// are only called on the thread that called into the plugin.
struct Host: @unchecked Sendable {
  private let table: islet_host

  /// A copy of the host's table; a NULL host hears nothing.
  init(_ table: islet_host?) { self.table = table ?? islet_host() }

  /// One line to the host's log.
  func log(_ severity: Int32, _ message: String) {
    guard let log = table.log else { return }
    message.withCString { log(table.host_data, severity, $0) }
  }

  /// The control of a run, wired to the callbacks.
  var runControl: RunControl {
    RunControl(
      progress: { progress in
        guard let report = self.table.progress else { return }
        progress.stage.rawValue.withCString {
          report(self.table.host_data, progress.fraction, $0, UInt32(clamping: progress.round), nil)
        }
      },
      isCancelled: {
        guard let isCancelled = self.table.is_cancelled else { return false }
        return isCancelled(self.table.host_data) != 0
      })
  }
}
