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

  /// Tells the host how far the run is.
  func report(_ fraction: Double, stage: String, iteration: UInt32) {
    guard let report = table.progress else { return }
    stage.withCString { report(table.host_data, fraction, $0, iteration, nil) }
  }

  /// Whether the host wants the call to end.
  var isCancelled: Bool {
    guard let isCancelled = table.is_cancelled else { return false }
    return isCancelled(table.host_data) != 0
  }

  /// The control of a run in this process, wired to the callbacks.
  var runControl: RunControl {
    RunControl(
      progress: { progress in
        self.report(
          progress.fraction, stage: progress.stage.rawValue, iteration: UInt32(clamping: progress.round))
      },
      isCancelled: { self.isCancelled },
      didFinishPass: passObserver.map { observe in
        { pass in
          pass.mask.labels.withUnsafeBufferPointer { mask in
            pass.viewMasks.withUnsafeBufferPointer { views in
              observe(
                PassInMemory(
                  round: UInt32(clamping: pass.round), stage: pass.stage.rawValue,
                  diceToPrevious: pass.diceToPrevious ?? .nan, mask: mask, viewMasks: views))
            }
          }
        }
      })
  }

  /// A finished pass, its masks in memory that is valid during the call.
  struct PassInMemory {
    var round: UInt32
    var stage: String
    var diceToPrevious: Double
    var mask: UnsafeBufferPointer<UInt8>
    var viewMasks: UnsafeBufferPointer<UInt8>
  }

  /// What the host's draft extension wants to hear of every pass; nil when it offers none.
  var passObserver: ((PassInMemory) -> Void)? {
    guard let offered = table.get_extension?(table.host_data, ISLET_EXT_PASS_OBSERVER) else { return nil }
    let observer = offered.assumingMemoryBound(to: islet_pass_observer.self)
    guard let onPass = islet_pass_observer(reading: observer)?.on_pass else { return nil }
    return { pass in
      pass.stage.withCString { stage in
        var described = islet_pass(
          struct_size: UInt32(MemoryLayout<islet_pass>.size), round: pass.round, stage: stage,
          dsc_to_previous: pass.diceToPrevious, mask: pass.mask.baseAddress, mask_bytes: UInt64(pass.mask.count),
          view_masks: pass.viewMasks.baseAddress, view_masks_bytes: UInt64(pass.viewMasks.count))
        onPass(self.table.host_data, &described)
      }
    }
  }
}
