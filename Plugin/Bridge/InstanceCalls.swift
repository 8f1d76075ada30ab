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
  let hostTable = host.map { islet_host(reading: $0) }
  let settings = config.map { islet_config(reading: $0) }
  // A struct that is there and cannot be read is one nil inside another.
  if case .some(.none) = hostTable { return ISLET_ERROR_STRUCT_SIZE }
  if case .some(.none) = settings { return ISLET_ERROR_STRUCT_SIZE }
  let callbacks = Host(hostTable ?? nil)
  let trust: BundleTrust
  do throws(SegmentationError) {
    trust = try BundleTrust(settings ?? nil)
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
    return try instance.load { () throws(SegmentationError) in
      try Segmenter(bundlePath: String(cString: path), trust: instance.trust)
    }
  }
}

func loadBundleFromMemory(
  _ instance: OpaquePointer?, _ bytes: UnsafeRawPointer?, _ count: UInt64
) -> islet_status {
  PluginInstance.call(instance) { (instance) throws(BridgeError) in
    guard let bytes else {
      throw BridgeError(status: ISLET_ERROR_ARGUMENT, message: "load_bundle_memory: bytes is NULL")
    }
    // A worker reads it as a file; so does this process, by the same code.
    let buffer = UnsafeRawBufferPointer(start: bytes, count: Int(clamping: count))
    guard let file = MemoryFile.copy(of: buffer) else {
      throw BridgeError(
        status: ISLET_ERROR_RESOURCES,
        message: "load_bundle_memory: the system refused \(count) bytes for a copy of the bundle")
    }
    return try instance.load { () throws(SegmentationError) in
      try Segmenter(bundlePath: "bundle in memory", descriptor: file, trust: instance.trust)
    }
  }
}

extension PluginInstance {
  /// Replaces the bundle by the one that `open` opens; the old one stays when that fails.
  fileprivate func load(_ open: () throws(SegmentationError) -> Segmenter) throws(BridgeError) -> islet_status {
    let opened: Segmenter
    do throws(SegmentationError) {
      opened = try open()
      trust.remember(opened)
    } catch {
      throw BridgeError(error)
    }
    segmenter = opened
    worker.end()
    for flag in opened.bundleFlags.names {
      host.log(ISLET_LOG_WARNING, "\(opened.bundleName) \(opened.bundleVersion): \(flag), as accepted")
    }
    manifest.clear()
    trace.clear()
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
    guard let described = islet_volume(reading: volume), let asked = islet_request(readingOrDefault: request),
      var filled = islet_output(reading: output)
    else { throw tooShort("segment") }
    let segmenter = try instance.loadedSegmenter(for: "segment")
    var swiftRequest = try SegmentationRequest(asked)
    let hostVolume = try HostVolume(described)
    let size = hostVolume.geometry.size
    swiftRequest.hasInitialMask = try asked.checkInitialRegion(size: size)
    let buffers = try OutputBuffers(filled, voxelCount: size.voxelCount)
    swiftRequest.wantsViewMasks = buffers.maps.viewMasks != nil
    swiftRequest.callBytes = instance.callBytes
    if asked.isolation != ISLET_ISOLATION_NONE {
      let call = IsolatedCall(volume: described, voxels: hostVolume.voxels, request: asked, output: filled)
      swiftRequest.isWatched = instance.host.passObserver != nil
      swiftRequest.callBytes = call.byteCount(observes: swiftRequest.isWatched)
      do throws(SegmentationError) {
        // A budget that cannot be kept is refused before a process is started.
        _ = try segmenter.forecast(hostVolume.geometry, request: swiftRequest, callBytes: swiftRequest.callBytes)
      } catch {
        throw BridgeError(error)
      }
      guard let done = try instance.worker.segment(call, with: segmenter, host: instance.host) else {
        return ISLET_CANCELLED
      }
      done.output.write(to: output)
      instance.trace.set(done.trace)
      return ISLET_OK
    }
    do throws(SegmentationError) {
      let outcome = try segmenter.segment(
        hostVolume.voxels, geometry: hostVolume.geometry, from: asked.initialRegion(size: size), into: buffers.maps,
        request: swiftRequest, control: instance.host.runControl)
      guard case .finished(let result) = outcome else { return ISLET_CANCELLED }
      filled.summarise(result)
      filled.write(to: output)
      instance.trace.set(result.traceJSON)
    } catch {
      throw BridgeError(error)
    }
    return ISLET_OK
  }
}

private func tooShort(_ call: String) -> BridgeError {
  BridgeError(
    status: ISLET_ERROR_STRUCT_SIZE,
    message: "\(call): a struct_size is smaller than the fields that every version has; set it to sizeof the struct")
}

func plan(
  _ instance: OpaquePointer?, _ volume: UnsafePointer<islet_volume>?, _ request: UnsafePointer<islet_request>?,
  _ plan: UnsafeMutablePointer<islet_plan>?
) -> islet_status {
  PluginInstance.call(instance) { (instance) throws(BridgeError) in
    guard let volume, let plan else {
      throw BridgeError(status: ISLET_ERROR_ARGUMENT, message: "plan: \(volume == nil ? "volume" : "plan") is NULL")
    }
    guard var described = islet_volume(reading: volume), let asked = islet_request(readingOrDefault: request),
      var filled = islet_plan(reading: plan)
    else { throw tooShort("plan") }
    let segmenter = try instance.loadedSegmenter(for: "plan")
    var swiftRequest = try SegmentationRequest(asked)
    // The voxels are not read: any address will do.
    if described.voxels == nil { described.voxels = UnsafeRawPointer(plan) }
    let hostVolume = try HostVolume(described)
    swiftRequest.wantsViewMasks = true
    swiftRequest.hasInitialMask = asked.initial_mask != nil || asked.hasInitialBox
    swiftRequest.isWatched = instance.host.passObserver != nil
    let callBytes =
      asked.isolation == ISLET_ISOLATION_NONE
      ? 0
      : CallMemory.Sizes(
        ofUsualCallWith: hostVolume.voxels, hasInitialMask: asked.initial_mask != nil, observes: swiftRequest.isWatched
      ).byteCount
    do throws(SegmentationError) {
      let forecast = try segmenter.forecast(hostVolume.geometry, request: swiftRequest, callBytes: callBytes)
      filled.threads = UInt32(clamping: forecast.threads)
      filled.bytes = UInt64(clamping: forecast.bytes)
      filled.smallest_bytes = UInt64(clamping: forecast.leanestBytes)
      filled.work_units = UInt64(forecast.work.total.rounded(.up))
      filled.write(to: plan)
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
