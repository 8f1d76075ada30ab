public import Isolation
import CIslet
import Glibc
import Segmentation
import Volumes

/// The worker's side: a host of this very plugin code, its buffers in shared memory, its callbacks messages.
///
/// Everything behind `segment` is what an in-process call runs, so that the bits are the same.
public final class WorkerService {
  private let channel: MessageChannel
  private let memory: SharedMemory
  private let addressSpace: AddressSpace
  private let weights: WorkerWeights
  private var instance: Result<PluginInstance, BridgeError>?
  private var call: Call?

  /// What the callbacks need to know of the present call.
  private struct Call {
    let layout: CallMemory
    let stop: StopFlag
    let observer: UnsafeMutablePointer<islet_pass_observer>?
    var lastReport: (stage: String, iteration: UInt32, time: ContinuousClock.Instant)?
  }

  /// Progress goes to the host at most this often within a stage.
  private static let reportInterval = Duration.milliseconds(20)

  /// A service at the worker's end of a connection.
  public init(channel: MessageChannel, memory: SharedMemory, addressSpace: AddressSpace) {
    (self.channel, self.memory, self.addressSpace) = (channel, memory, addressSpace)
    weights = WorkerWeights(channel: channel)
  }

  /// Answers calls until the host closes the connection; ends the process where the two do not understand each other.
  public func serve() {
    while let message = try? channel.receive(milliseconds: nil) {
      var body = MessageReader(message.body)
      switch message.kind {
      case .open: guard open(&body) else { _exit(WorkerProcess.foreignMessageCode) }
      case .segment: guard segment(&body) else { _exit(WorkerProcess.foreignMessageCode) }
      case .acknowledge, .weights, .claimWeights, .shareWeights, .releaseWeights, .progress, .pass, .log, .done:
        _exit(WorkerProcess.foreignMessageCode)
      }
    }
  }

  /// Takes the bundle over; a failure is the answer to the first call.
  private func open(_ body: inout MessageReader) -> Bool {
    guard let path = body.readText(), let sha256 = body.readText(), let signedBy = body.readText(),
      let doubts = body.read(UInt64.self)
    else { return false }
    let bundle = BundleHandover(path: path, sha256: sha256, signedBy: signedBy, doubts: doubts)
    do throws(SegmentationError) {
      let made = PluginInstance(host: Host(hostTable), trust: try BundleTrust())
      made.segmenter = try Segmenter(bundle, descriptor: WorkerProcess.bundleDescriptor, weights: weights)
      instance = .success(made)
    } catch {
      instance = .failure(BridgeError(error))
    }
    return true
  }

  private func segment(_ body: inout MessageReader) -> Bool {
    guard var volume = body.read(islet_volume.self), var request = body.read(islet_request.self),
      var output = body.read(islet_output.self), let observes = body.read(Bool.self), let instance
    else { return false }
    let made: PluginInstance
    switch instance {
    case .success(let instance): made = instance
    case .failure(let error):
      // A worker without a bundle ends: a fault of the moment must not stay with the instance.
      _ = answer(error.status, error.message, output, trace: "")
      return false
    }
    // Checked by the host's process already; the addresses are the host's and are not followed.
    guard let hosts = try? HostVolume(volume),
      let layout = CallMemory(
        CallMemory.Sizes(
          voxelCount: hosts.voxels.size.voxelCount, elementBytes: hosts.voxels.element.byteCount, request: request,
          output: output, observes: observes)), memory.map(layout.byteCount) == nil,
      let stop = StopFlag(in: memory, at: layout.control)
    else { return false }
    defer { memory.unmap() }
    func address(_ region: Range<Int>) -> UnsafeMutableRawPointer? { memory.bytes(region)?.baseAddress }
    volume.struct_size = UInt32(MemoryLayout<islet_volume>.size)
    volume.voxels = UnsafeRawPointer(address(layout.voxels))
    volume.stride_bytes = (0, 0, 0)
    request.struct_size = UInt32(MemoryLayout<islet_request>.size)
    request.isolation = ISLET_ISOLATION_NONE
    if request.initial_mask != nil {
      request.initial_mask = address(layout.initialMask).map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) }
    }
    output.struct_size = UInt32(MemoryLayout<islet_output>.size)
    output.mask = address(layout.mask)?.assumingMemoryBound(to: UInt8.self)
    output.mask_bytes = UInt64(layout.mask.count)
    if output.probability != nil { output.probability = address(layout.probability) }
    output.probability_bytes = UInt64(layout.probability.count)
    if output.view_masks != nil { output.view_masks = address(layout.viewMasks)?.assumingMemoryBound(to: UInt8.self) }
    output.view_masks_bytes = UInt64(layout.viewMasks.count)
    let observer = observes ? Self.observer() : nil
    defer { observer?.deallocate() }
    call = Call(layout: layout, stop: stop, observer: observer)
    defer { call = nil }
    addressSpace.limit(to: request.memory_budget_bytes)
    made.callBytes = layout.byteCount
    let pointer = OpaquePointer(Unmanaged.passUnretained(made).toOpaque())
    let status = Bridge.segment(pointer, &volume, &request, &output)
    let trace = status == ISLET_OK ? String(cString: made.trace.pointer) : ""
    return answer(status, String(cString: made.lastError.pointer), output, trace: trace)
  }

  private func answer(_ status: islet_status, _ sentence: String, _ output: islet_output, trace: String) -> Bool {
    weights.sendReleased()
    var body = MessageBytes()
    body.append(status)
    body.append(text: sentence)
    body.append(output)
    body.append(text: trace)
    return channel.send(.done, body)
  }
}

// The host's callbacks, as messages.
extension WorkerService {
  private var hostTable: islet_host {
    islet_host(
      struct_size: UInt32(MemoryLayout<islet_host>.size), reserved: 0, name: nil, version: nil,
      host_data: Unmanaged.passUnretained(self).toOpaque(),
      log: { data, severity, message in
        guard let message else { return }
        WorkerService.from(data)?.log(severity, String(cString: message))
      },
      progress: { data, fraction, stage, iteration, _ in
        guard let stage else { return }
        WorkerService.from(data)?.report(fraction, String(cString: stage), iteration)
      },
      is_cancelled: { data in WorkerService.from(data)?.call?.stop.isRaised == true ? 1 : 0 },
      get_extension: { data, id in
        guard let id, String(cString: id) == ISLET_EXT_PASS_OBSERVER else { return nil }
        return WorkerService.from(data)?.call?.observer.map { UnsafeRawPointer($0) }
      })
  }

  private static func from(_ data: UnsafeMutableRawPointer?) -> WorkerService? {
    data.map { Unmanaged<WorkerService>.fromOpaque($0).takeUnretainedValue() }
  }

  private static func observer() -> UnsafeMutablePointer<islet_pass_observer> {
    let observer = UnsafeMutablePointer<islet_pass_observer>.allocate(capacity: 1)
    observer.initialize(
      to: islet_pass_observer(
        struct_size: UInt32(MemoryLayout<islet_pass_observer>.size), reserved: 0,
        on_pass: { data, pass in
          guard let pass else { return }
          WorkerService.from(data)?.show(pass.pointee)
        }))
    return observer
  }

  private func log(_ severity: Int32, _ line: String) {
    // The host logs the error of a failed call itself.
    guard severity != ISLET_LOG_ERROR else { return }
    var body = MessageBytes()
    body.append(severity)
    body.append(text: line)
    _ = channel.send(.log, body)
  }

  private func report(_ fraction: Double, _ stage: String, _ iteration: UInt32) {
    let now = ContinuousClock.now
    if let last = call?.lastReport, last.stage == stage, last.iteration == iteration, fraction < 1,
      now - last.time < Self.reportInterval
    {
      return
    }
    call?.lastReport = (stage, iteration, now)
    var body = MessageBytes()
    body.append(fraction)
    body.append(iteration)
    body.append(text: stage)
    ask(.progress, body)
  }

  private func show(_ pass: islet_pass) {
    guard let call, let mask = memory.bytes(call.layout.passMask), let from = pass.mask,
      let views = memory.bytes(call.layout.passViewMasks), let fromViews = pass.view_masks
    else { return }
    mask.copyMemory(from: UnsafeRawBufferPointer(start: from, count: min(mask.count, Int(clamping: pass.mask_bytes))))
    views.copyMemory(
      from: UnsafeRawBufferPointer(start: fromViews, count: min(views.count, Int(clamping: pass.view_masks_bytes))))
    var body = MessageBytes()
    body.append(pass.round)
    body.append(pass.dsc_to_previous)
    body.append(text: pass.stage.map { String(cString: $0) } ?? "")
    ask(.pass, body)
  }

  /// Sends a message and waits until the host's callback has returned. Without a host there is nothing left to do.
  private func ask(_ kind: MessageKind, _ body: MessageBytes) {
    guard channel.send(kind, body), let answer = try? channel.receive(milliseconds: nil), answer.kind == .acknowledge
    else { _exit(0) }
  }
}
