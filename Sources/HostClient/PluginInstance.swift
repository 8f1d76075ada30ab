import CIslet
public import Volumes

/// One segmenter of a plugin, with its bundle: what a Swift viewer keeps for each organ.
///
/// One call at a time; the plugin answers a second one with ISLET_ERROR_BUSY. Destroyed with the object.
public final class PluginInstance {
  let library: PluginLibrary
  private let callbacks: CallbackBox
  let instance: OpaquePointer

  /// Makes an instance that accepts the bundles of `trust`. `hostName` and `hostVersion` go to the plugin's log.
  public init(
    of library: PluginLibrary, hostName: String, hostVersion: String, callbacks: HostCallbacks = HostCallbacks(),
    trust: BundleTrust = BundleTrust()
  ) throws(HostError) {
    let box = CallbackBox(callbacks)
    var instance: OpaquePointer?
    let status = hostName.withCString { name in
      hostVersion.withCString { version in
        var host = box.hostTable(name: name, version: version)
        return trust.withConfig { library.functions.create(&host, $0, &instance) }
      }
    }
    guard status == ISLET_OK, let instance else {
      let reason = box.lastErrorLine.map { ": \($0)" } ?? ""
      throw HostError(
        code: .status(status), description: "\(library.path): the plugin made no instance (status \(status))\(reason)")
    }
    self.library = library
    self.callbacks = box
    self.instance = instance
  }

  deinit { library.functions.destroy(instance) }

  /// Opens a weight bundle in place of the present one.
  public func loadBundle(path: String) throws(HostError) {
    try check(path.withCString { library.functions.loadBundle(instance, $0) })
  }

  /// The loaded bundle's manifest, JSON.
  public func describeBundle() throws(HostError) -> String {
    var text: UnsafePointer<CChar>?
    try check(library.functions.describeBundle(instance, &text))
    return text.map { String(cString: $0) } ?? ""
  }

  /// The last run in detail, JSON.
  public func trace() throws(HostError) -> String {
    var text: UnsafePointer<CChar>?
    try check(library.functions.trace(instance, &text))
    return text.map { String(cString: $0) } ?? ""
  }

  /// Segments a volume; blocks. Throws a HostError with code `cancelled` when `isCancelled` said so.
  ///
  /// `onPass` is called on this thread after the coarse pass and each fine round, by a plugin that knows the draft
  /// extension of ext/draft/pass_observer.h; others never call it.
  public func segment(
    _ volume: Volume, request: SegmentRequest = SegmentRequest(), onPass: ((SegmentationPass) -> Void)? = nil
  ) throws(HostError) -> Segmentation {
    let size = volume.size
    callbacks.onPass = onPass.map { onPass in
      { pass in SegmentationPass(pass, size: size).map(onPass) }
    }
    defer { callbacks.onPass = nil }
    var mask = [UInt8](repeating: 0, count: size.voxelCount)
    var probability = [UInt8](repeating: 0, count: size.voxelCount)
    var views = [UInt8](repeating: 0, count: request.wantsViewMasks ? size.voxelCount : 0)
    var filled = islet_output()
    let status = volume.voxels.withUnsafeBytes { voxels in
      mask.withUnsafeMutableBufferPointer { mask in
        probability.withUnsafeMutableBytes { probability in
          views.withUnsafeMutableBufferPointer { views in
            var cVolume = Self.describe(volume.geometry, voxels: voxels.baseAddress)
            var output = islet_output()
            output.struct_size = UInt32(MemoryLayout<islet_output>.size)
            output.probability_type = ISLET_ELEMENT_UINT8
            output.mask = mask.baseAddress
            output.mask_bytes = UInt64(mask.count)
            output.probability = probability.baseAddress
            output.probability_bytes = UInt64(probability.count)
            output.view_masks = request.wantsViewMasks ? views.baseAddress : nil
            output.view_masks_bytes = UInt64(views.count)
            let status = request.withCRequest { library.functions.segment(instance, &cVolume, $0, &output) }
            filled = output
            return status
          }
        }
      }
    }
    try check(status)
    guard let labels = LabelMap(size: size, labels: mask) else {
      throw HostError(code: .status(ISLET_ERROR_INTERNAL), description: "the mask lost its size")
    }
    return Segmentation(
      mask: labels, probability: probability, viewMasks: LabelMap(size: size, labels: views),
      summary: SegmentationSummary(filled))
  }

  static func describe(_ geometry: VolumeGeometry, voxels: UnsafeRawPointer?) -> islet_volume {
    var description = islet_volume()
    description.struct_size = UInt32(MemoryLayout<islet_volume>.size)
    description.element_type = ISLET_ELEMENT_INT16
    description.voxels = voxels
    description.size = (UInt64(geometry.size.x), UInt64(geometry.size.y), UInt64(geometry.size.z))
    description.rescale_slope = 1
    description.spacing_mm = (geometry.spacing.x, geometry.spacing.y, geometry.spacing.z)
    description.origin_lps_mm = (geometry.origin.x, geometry.origin.y, geometry.origin.z)
    let d = geometry.direction
    description.direction_lps = (d[0].x, d[0].y, d[0].z, d[1].x, d[1].y, d[1].z, d[2].x, d[2].y, d[2].z)
    return description
  }

  func check(_ status: islet_status) throws(HostError) {
    guard status != ISLET_OK else { return }
    if status == ISLET_CANCELLED { throw HostError(code: .cancelled, description: "cancelled") }
    let sentence = library.functions.lastError(instance).map { String(cString: $0) } ?? ""
    let name = library.functions.statusName(status).map { String(cString: $0) } ?? "status \(status)"
    throw HostError(code: .status(status), description: sentence.isEmpty ? name : "\(sentence) (\(name))")
  }
}
