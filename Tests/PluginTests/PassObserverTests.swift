import CIslet
import Testing

/// The draft extension that shows the host every pass.
@Suite struct PassObserverTests {
  @Test func hostThatOffersTheObserverHearsOfEveryPass() throws {
    let heard = Observer()
    let host = try TestHost(heard.host)
    #expect(try host.load(BundleFile()) == ISLET_OK)
    host.request.overrides = ISLET_OVERRIDE_ROUNDS | ISLET_OVERRIDE_THRESHOLD
    (host.request.rounds, host.request.threshold) = (2, 1)
    #expect(host.segment() == ISLET_OK, "\(host.lastError)")
    #expect(heard.ids == [ISLET_EXT_PASS_OBSERVER])
    let found = host.output.end != ISLET_END_EMPTY
    #expect(heard.passes.map(\.round) == (found ? [0, 1, 2] : [0]).prefix(heard.passes.count).map { UInt32($0) })
    #expect(heard.passes.first?.stage == "coarse" && heard.passes.first?.diceToPrevious.isNaN == true)
    for pass in heard.passes {
      #expect(pass.mask.count == 120 && pass.views.count == 120)
      #expect(pass.mask.allSatisfy { $0 <= 1 } && pass.views.allSatisfy { $0 <= 7 })
    }
    for pass in heard.passes.dropFirst() { #expect(pass.stage == "fine" && (0...1).contains(pass.diceToPrevious)) }
  }

  @Test func observerWithoutAFunctionOrTooShortIsLeftAlone() throws {
    for (size, hasFunction) in [(UInt32(8), true), (4096, false)] {
      let heard = Observer()
      heard.observer.pointee.struct_size = size
      if !hasFunction { heard.observer.pointee.on_pass = nil }
      let host = try TestHost(heard.host)
      #expect(try host.load(BundleFile()) == ISLET_OK)
      #expect(host.segment() == ISLET_OK, "\(host.lastError)")
      #expect(heard.passes.isEmpty && heard.ids.count == 1)
    }
  }

  /// Cancellation asked for inside on_pass is found before the next slice.
  @Test func observerCanEndTheRun() throws {
    let heard = Observer()
    heard.cancelsAfterFirstPass = true
    let host = try TestHost(heard.host)
    #expect(try host.load(BundleFile()) == ISLET_OK)
    #expect(host.segment() == ISLET_CANCELLED)
    #expect(heard.passes.count == 1)
  }
}

/// A host that offers the observer and keeps what it hears.
private final class Observer {
  struct Pass {
    let round: UInt32
    let stage: String
    let diceToPrevious: Double
    let mask: [UInt8]
    let views: [UInt8]
  }

  let observer = UnsafeMutablePointer<islet_pass_observer>.allocate(capacity: 1)
  var cancelsAfterFirstPass = false
  private(set) var ids: [String] = []
  private(set) var passes: [Pass] = []

  init() {
    observer.initialize(
      to: islet_pass_observer(
        struct_size: UInt32(MemoryLayout<islet_pass_observer>.size), reserved: 0,
        on_pass: { data, pass in
          guard let pass = pass?.pointee else { return }
          Observer.from(data)?.passes.append(
            Pass(
              round: pass.round, stage: pass.stage.map { String(cString: $0) } ?? "",
              diceToPrevious: pass.dsc_to_previous,
              mask: Array(UnsafeBufferPointer(start: pass.mask, count: Int(pass.mask_bytes))),
              views: Array(UnsafeBufferPointer(start: pass.view_masks, count: Int(pass.view_masks_bytes)))))
        }))
  }

  deinit { observer.deallocate() }

  var host: islet_host {
    var host = islet_host()
    host.host_data = Unmanaged.passUnretained(self).toOpaque()
    host.get_extension = { data, id in
      guard let observer = Observer.from(data), let id else { return nil }
      observer.ids.append(String(cString: id))
      return UnsafeRawPointer(observer.observer)
    }
    host.is_cancelled = { data in
      guard let observer = Observer.from(data), observer.cancelsAfterFirstPass else { return 0 }
      return observer.passes.isEmpty ? 0 : 1
    }
    return host
  }

  private static func from(_ data: UnsafeMutableRawPointer?) -> Observer? {
    data.map { Unmanaged<Observer>.fromOpaque($0).takeUnretainedValue() }
  }
}
