import CIslet
import Segmentation
import Synchronization

/// What an `islet_instance *` points to: the host's callbacks, the segmenter of the loaded bundle, and the texts that
/// the host may still be reading.
///
/// `@unchecked Sendable`: everything but `isAtWork` is touched only by the one call that set it.
final class PluginInstance: @unchecked Sendable {
  let host: Host
  private let isAtWork = Atomic<Bool>(false)
  var segmenter: Segmenter?
  /// Grows stricter: a version that was loaded once is the oldest from then on.
  var trust: BundleTrust
  /// The process that computes for this instance.
  let worker = InstanceWorker()
  /// In a worker: bytes of the shared memory of the present call, which its memory budget covers too.
  var callBytes = 0
  let lastError = CText()
  let manifest = CText()
  let trace = CText()

  init(host: Host, trust: BundleTrust) { (self.host, self.trust) = (host, trust) }

  /// The instance behind a pointer that `create` gave out.
  static func from(_ pointer: OpaquePointer?) -> PluginInstance? {
    pointer.map { Unmanaged<PluginInstance>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
  }

  /// Whether a call is at work. Its thread may replace `lastError` at any moment, so that no other may read it.
  var isBusy: Bool { isAtWork.load(ordering: .acquiring) }

  /// Runs one call: refuses a second one at the same time, keeps the sentence of a failure.
  static func call(_ pointer: OpaquePointer?, _ body: (PluginInstance) throws(BridgeError) -> islet_status)
    -> islet_status
  {
    guard let instance = from(pointer) else { return ISLET_ERROR_ARGUMENT }
    guard instance.isAtWork.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      return ISLET_ERROR_BUSY
    }
    defer { instance.isAtWork.store(false, ordering: .releasing) }
    do {
      instance.lastError.clear()
      return try body(instance)
    } catch {
      instance.lastError.set(error.message)
      instance.host.log(ISLET_LOG_ERROR, error.message)
      return error.status
    }
  }

  /// The segmenter, or the error of a call that came too early.
  func loadedSegmenter(for call: String) throws(BridgeError) -> Segmenter {
    guard let segmenter else {
      throw BridgeError(
        status: ISLET_ERROR_WRONG_ORDER, message: "\(call) needs a bundle: call load_bundle on this instance first")
    }
    return segmenter
  }
}

/// A text that a host may read through a pointer until it is set again.
final class CText {
  private var bytes: UnsafeMutableBufferPointer<CChar>?

  deinit { bytes?.deallocate() }

  /// The zero-terminated text; empty when none is set.
  var pointer: UnsafePointer<CChar> {
    bytes?.baseAddress.map { UnsafePointer($0) } ?? CText.emptyText
  }

  /// Whether a text is set.
  var isSet: Bool { bytes != nil }

  func set(_ text: String) {
    clear()
    let utf8 = text.utf8CString
    let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: utf8.count)
    _ = copy.initialize(from: utf8)
    bytes = copy
  }

  func clear() {
    bytes?.deallocate()
    bytes = nil
  }

  private struct StaticText: @unchecked Sendable { let pointer: UnsafePointer<CChar> }
  private static let empty = StaticText(pointer: permanentCString(""))
  private static var emptyText: UnsafePointer<CChar> { empty.pointer }
}
