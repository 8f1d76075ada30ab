import CIslet
public import Volumes

/// What a run will take, as the plugin says before it starts; fields of `islet_plan`.
public struct RunForecast: Hashable, Sendable, Encodable {
  /// Threads that will compute: fewer than asked for where the budget admits no more.
  public let threads: Int
  /// Most bytes of memory at any moment, an upper bound.
  public let bytes: Int
  /// The smallest memory budget that is not refused; the run is slower then.
  public let smallestBytes: Int
  /// Work in millions of multiplications, or what takes as long: to compare runs.
  public let workUnits: Int

  init(_ plan: islet_plan) {
    (threads, workUnits) = (Int(clamping: plan.threads), Int(clamping: plan.work_units))
    (bytes, smallestBytes) = (Int(clamping: plan.bytes), Int(clamping: plan.smallest_bytes))
  }
}

extension PluginInstance {
  /// What a run on a CT of this geometry takes; no voxels are needed. Cost: microseconds.
  ///
  /// Throws what `segment` would throw for the request, a memory budget that cannot be kept among it.
  public func plan(_ geometry: VolumeGeometry, request: SegmentRequest = SegmentRequest()) throws(HostError)
    -> RunForecast
  {
    var volume = Self.describe(geometry, voxels: nil)
    var plan = islet_plan()
    plan.struct_size = UInt32(MemoryLayout<islet_plan>.size)
    try check(request.withCRequest { library.functions.plan(instance, &volume, $0, &plan) })
    return RunForecast(plan)
  }
}
