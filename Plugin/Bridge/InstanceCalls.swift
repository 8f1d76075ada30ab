import CIslet
import Isolation
import Segmentation
import Volumes

// The functions of the table, in the order of islet.h. They translate: C struct -> Swift value -> call -> status.

func createInstance(
  _ host: UnsafePointer<islet_host>?, _ config: UnsafePointer<islet_config>?,
  _ instance: UnsafeMutablePointer<OpaquePointer?>?
) -> islet_status {
  guard let instance else { return ISLET_ERROR_ARGUMENT }
  instance.pointee = nil
  if let host {
    guard reaches(host, islet_host.self) else { return ISLET_ERROR_STRUCT_SIZE }
  }
  if let config {
    guard reaches(config, islet_config.self) else { return ISLET_ERROR_STRUCT_SIZE }
  }
  let callbacks = Host(host?.pointee)
  let trust: BundleTrust
  do throws(SegmentationError) {
    trust = try BundleTrust(config?.pointee)
  } catch {
    // There is no instance yet whose `last_error` could say it.
    callbacks.log(ISLET_LOG_ERROR, error.description)
    return BridgeError(error).status
  }
  let made = PluginInstance(host: callbacks, trust: trust)
  instance.pointee = OpaquePointer(Unmanaged.passRetained(made).toOpaque())
  return ISLET_OK
}

extension BundleTrust {
  /// Translates a config; NULL and zeros mean the project's own key and nothing else.
  init(_ config: islet_config?) throws(SegmentationError) {
    try self.init(
      trustedKeys: config?.trusted_keys.map { String(cString: $0) },
      minimumVersions: config?.minimum_versions.map { String(cString: $0) },
      accepting: ResultFlags(rawValue: config?.accepted_flags ?? 0))
  }
}

func loadBundle(_ instance: OpaquePointer?, _ path: UnsafePointer<CChar>?) -> islet_status {
  PluginInstance.call(instance) { (instance) throws(BridgeError) in
    guard let path else { throw BridgeError(status: ISLET_ERROR_ARGUMENT, message: "load_bundle: path is NULL") }
    do throws(SegmentationError) {
      let segmenter = try Segmenter(bundlePath: String(cString: path), trust: instance.trust)
      instance.trust.remember(segmenter)
      instance.segmenter = segmenter
      instance.worker.end()
      for flag in segmenter.bundleFlags.names {
        instance.host.log(ISLET_LOG_WARNING, "\(segmenter.bundleName) \(segmenter.bundleVersion): \(flag), as accepted")
      }
    } catch {
      throw BridgeError(error)
    }
    instance.manifest.clear()
    instance.trace.clear()
    return ISLET_OK
  }
}

func describeBundle(
  _ instance: OpaquePointer?, _ json: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> islet_status {
  PluginInstance.call(instance) { (instance) throws(BridgeError) in
    guard let json else { throw BridgeError(status: ISLET_ERROR_ARGUMENT, message: "describe_bundle: json is NULL") }
    json.pointee = nil
    let segmenter = try instance.loadedSegmenter(for: "describe_bundle")
    if !instance.manifest.isSet { instance.manifest.set(segmenter.manifestJSON) }
    json.pointee = instance.manifest.pointer
    return ISLET_OK
  }
}

func segment(
  _ instance: OpaquePointer?, _ volume: UnsafePointer<islet_volume>?, _ request: UnsafePointer<islet_request>?,
  _ output: UnsafeMutablePointer<islet_output>?
) -> islet_status {
  PluginInstance.call(instance) { (instance) throws(BridgeError) in
    guard let volume, let output else {
      throw BridgeError(
        status: ISLET_ERROR_ARGUMENT, message: "segment: \(volume == nil ? "volume" : "output") is NULL")
    }
    guard reaches(volume, islet_volume.self), request.map({ reaches($0, islet_request.self) }) ?? true,
      reaches(output, islet_output.self)
    else {
      throw BridgeError(
        status: ISLET_ERROR_STRUCT_SIZE,
        message: "segment: a struct_size is smaller than the struct of islet.h 1.0; set it to sizeof the struct")
    }
    let segmenter = try instance.loadedSegmenter(for: "segment")
    var swiftRequest = try SegmentationRequest(request?.pointee)
    let hostVolume = try HostVolume(volume.pointee)
    try swiftRequest.take(initialMaskOf: request?.pointee, size: hostVolume.geometry.size)
    let buffers = try OutputBuffers(output.pointee, voxelCount: hostVolume.geometry.size.voxelCount)
    swiftRequest.wantsViewMasks = buffers.viewMasks != nil
    swiftRequest.callBytes = instance.callBytes
    if isIsolated(request?.pointee) {
      let call = IsolatedCall(
        volume: volume.pointee, voxels: hostVolume.voxels, request: request?.pointee, output: output)
      swiftRequest.callBytes = call.byteCount
      do throws(SegmentationError) {
        // A budget that cannot be kept is refused before a process is started.
        _ = try segmenter.forecast(hostVolume.geometry, request: swiftRequest, callBytes: call.byteCount)
      } catch {
        throw BridgeError(error)
      }
      guard let trace = try instance.worker.segment(call, with: segmenter, host: instance.host) else {
        return ISLET_CANCELLED
      }
      instance.trace.set(trace)
      return ISLET_OK
    }
    do throws(SegmentationError) {
      let outcome = try segmenter.segment(
        hostVolume.voxels, geometry: hostVolume.geometry, request: swiftRequest, control: instance.host.runControl)
      guard case .finished(let result) = outcome else { return ISLET_CANCELLED }
      buffers.fill(with: result)
      output.pointee.summarise(result)
      instance.trace.set(result.traceJSON)
    } catch {
      throw BridgeError(error)
    }
    return ISLET_OK
  }
}

/// Whether a request is computed in the worker process.
private func isIsolated(_ request: islet_request?) -> Bool {
  request?.isolation ?? ISLET_ISOLATION_DEFAULT != ISLET_ISOLATION_NONE
}

func plan(
  _ instance: OpaquePointer?, _ volume: UnsafePointer<islet_volume>?, _ request: UnsafePointer<islet_request>?,
  _ plan: UnsafeMutablePointer<islet_plan>?
) -> islet_status {
  PluginInstance.call(instance) { (instance) throws(BridgeError) in
    guard let volume, let plan else {
      throw BridgeError(status: ISLET_ERROR_ARGUMENT, message: "plan: \(volume == nil ? "volume" : "plan") is NULL")
    }
    guard reaches(volume, islet_volume.self), request.map({ reaches($0, islet_request.self) }) ?? true,
      reaches(plan, islet_plan.self)
    else {
      throw BridgeError(
        status: ISLET_ERROR_STRUCT_SIZE,
        message: "plan: a struct_size is smaller than the struct of islet.h 1.0; set it to sizeof the struct")
    }
    let segmenter = try instance.loadedSegmenter(for: "plan")
    var swiftRequest = try SegmentationRequest(request?.pointee)
    var described = volume.pointee
    // The voxels are not read: any address will do.
    if described.voxels == nil { described.voxels = UnsafeRawPointer(plan) }
    let hostVolume = try HostVolume(described)
    swiftRequest.wantsViewMasks = true
    swiftRequest.hasInitialMask = request?.pointee.initial_mask != nil
    let callBytes =
      isIsolated(request?.pointee)
      ? CallMemory.Sizes(ofUsualCallWith: hostVolume.voxels, hasInitialMask: swiftRequest.hasInitialMask).byteCount : 0
    do throws(SegmentationError) {
      let forecast = try segmenter.forecast(hostVolume.geometry, request: swiftRequest, callBytes: callBytes)
      plan.pointee.threads = UInt32(clamping: forecast.threads)
      plan.pointee.bytes = UInt64(clamping: forecast.bytes)
      plan.pointee.smallest_bytes = UInt64(clamping: forecast.leanestBytes)
      plan.pointee.work_units = UInt64(forecast.work.total.rounded(.up))
    } catch {
      throw BridgeError(error)
    }
    return ISLET_OK
  }
}

func trace(_ instance: OpaquePointer?, _ json: UnsafeMutablePointer<UnsafePointer<CChar>?>?) -> islet_status {
  PluginInstance.call(instance) { (instance) throws(BridgeError) in
    guard let json else { throw BridgeError(status: ISLET_ERROR_ARGUMENT, message: "trace: json is NULL") }
    json.pointee = nil
    guard instance.trace.isSet else {
      throw BridgeError(
        status: ISLET_ERROR_WRONG_ORDER, message: "trace needs a run: call segment on this instance first")
    }
    json.pointee = instance.trace.pointer
    return ISLET_OK
  }
}

func lastError(_ instance: OpaquePointer?) -> UnsafePointer<CChar> {
  guard let instance = PluginInstance.from(instance) else { return FixedSentences.shared.noInstance }
  return instance.isBusy ? FixedSentences.shared.busy : instance.lastError.pointer
}

/// What `last_error` says where no text of an instance may be read.
private struct FixedSentences: @unchecked Sendable {
  static let shared = FixedSentences()
  let noInstance = permanentCString("the instance is NULL: call create first")
  let busy = permanentCString("another call is at work on this instance: wait for its end, or create one per thread")
}

func destroyInstance(_ instance: OpaquePointer?) {
  guard let instance else { return }
  Unmanaged<PluginInstance>.fromOpaque(UnsafeRawPointer(instance)).release()
}
