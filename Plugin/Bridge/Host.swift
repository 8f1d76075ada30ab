import CIslet
import Segmentation
import Volumes

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
      }, didFinishPass: passObserver)
  }

  /// What the host's draft extension wants to hear of every pass; nil when it offers none.
  private var passObserver: ((FinishedPass) -> Void)? {
    guard let offered = table.get_extension?(table.host_data, ISLET_EXT_PASS_OBSERVER) else { return nil }
    let observer = offered.assumingMemoryBound(to: islet_pass_observer.self)
    guard reaches(observer, islet_pass_observer.self), let onPass = observer.pointee.on_pass else { return nil }
    return { pass in
      pass.stage.rawValue.withCString { stage in
        pass.mask.labels.withUnsafeBufferPointer { mask in
          pass.viewMasks.withUnsafeBufferPointer { views in
            var described = islet_pass(
              struct_size: UInt32(MemoryLayout<islet_pass>.size), round: UInt32(clamping: pass.round), stage: stage,
              dsc_to_previous: pass.diceToPrevious ?? .nan, mask: mask.baseAddress, mask_bytes: UInt64(mask.count),
              view_masks: views.baseAddress, view_masks_bytes: UInt64(views.count))
            onPass(self.table.host_data, &described)
          }
        }
      }
    }
  }
}
