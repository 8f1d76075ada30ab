import CIslet

/// Sizes of structs: too small, of an earlier and of a later version.
let structTests: [ConformanceTest] = [
  ConformanceTest("small-structs", "volume, request, output and plan that end before what makes them one are refused") {
    subject in
    let call = try StructCall(subject)
    for what in StructCall.Part.allCases {
      for size in [0, 4, what.sizes.least - 1] {
        let status = try call.status(with: what, endingAt: size)
        try expectRefusal(status, [ISLET_ERROR_STRUCT_SIZE], "a \(what) of struct_size \(size)", call.instance)
      }
    }
  },
  ConformanceTest(
    "shorter-structs", "structs of an earlier version work: what is outside reads as 0 and is not written"
  ) {
    subject in
    let call = try StructCall(subject)
    for what in StructCall.Part.allCases {
      let status = try call.status(with: what, endingAt: what.sizes.least)
      try expect(status, ISLET_OK, "a \(what) of struct_size \(what.sizes.least)", call.instance)
      if what == .volume { continue }
      try promise(
        what == .plan || call.area.mask.bytes == call.expected.mask, "a shorter \(what) gives another mask")
    }
    let plugin = call.instance.plugin
    let host = try GuardedMemory(islet_host(), endingAt: StructSizes.host.least)
    let config = try GuardedMemory(islet_config(), endingAt: StructSizes.config.least)
    var table: UnsafePointer<islet_plugin>?
    try expect(
      plugin.entry(LoadedPlugin.version, host.pointer(to: islet_host.self), &table), ISLET_OK, "entry, shorter host")
    var instance: OpaquePointer?
    let status = plugin.table.pointee.create(
      host.pointer(to: islet_host.self), config.pointer(to: islet_config.self), &instance)
    try expect(status, ISLET_OK, "create with host and config of an earlier version")
    plugin.table.pointee.destroy(instance)
  },
  ConformanceTest("larger-structs", "structs of a later version work: what is behind their known end does not count") {
    subject in
    let call = try StructCall(subject)
    for what in StructCall.Part.allCases {
      let status = try call.status(with: what, endingAt: what.sizes.whole + 64)
      try expect(status, ISLET_OK, "a \(what) of struct_size \(what.sizes.whole + 64)", call.instance)
      try promise(call.isTailIntact, "the plugin wrote behind the end of the \(what) that it knows")
      try promise(
        what == .plan || call.area.mask.bytes == call.expected.mask, "a \(what) of a later version gives another mask")
    }
  },
]

/// A good call of segment, or of plan, with one of its structs of another size.
private final class StructCall {
  enum Part: CaseIterable {
    case volume, request, output, plan

    var sizes: (least: Int, whole: Int) {
      switch self {
      case .volume: StructSizes.volume
      case .request: StructSizes.request
      case .output: StructSizes.output
      case .plan: StructSizes.plan
      }
    }
  }

  let instance: TestInstance
  let expected: SegmentationResult
  private(set) var area: OutputArea
  private(set) var isTailIntact = true
  private let volume: TestVolume

  init(_ subject: Subject) throws {
    instance = try subject.loadedInstance()
    volume = try TestVolume()
    area = try OutputArea(voxelCount: volume.voxelCount)
    expected = try instance.result(volume)
  }

  /// The status of the call when `part` has this `struct_size`, and no more memory than that.
  func status(with part: Part, endingAt size: Int) throws(Finding) -> islet_status {
    area.refill()
    let memory: GuardedMemory
    switch part {
    case .volume: memory = try GuardedMemory(volume.islet, endingAt: size)
    case .request: memory = try GuardedMemory(request(), endingAt: size)
    case .output: memory = try GuardedMemory(area.islet, endingAt: size)
    case .plan: memory = try GuardedMemory(islet_plan(), endingAt: size)
    }
    let (table, pointer) = (instance.plugin.table.pointee, instance.pointer)
    var described = volume.islet
    let status =
      switch part {
      case .volume: table.segment(pointer, memory.pointer(to: islet_volume.self), nil, &area.islet)
      case .request: table.segment(pointer, &described, memory.pointer(to: islet_request.self), &area.islet)
      case .output: table.segment(pointer, &described, nil, memory.pointer(to: islet_output.self))
      case .plan: table.plan(pointer, &described, nil, memory.pointer(to: islet_plan.self))
      }
    isTailIntact = memory.bytes.dropFirst(part.sizes.whole).allSatisfy { $0 == 0xA5 }
    return status
  }
}

/// Volumes that no plugin can use.
let volumeTests: [ConformanceTest] = [
  ConformanceTest("volume-sizes", "sizes that are 0 or cannot be are refused") { subject in
    try refusesVolumes(subject, planRefusesToo: true) { refused in
      try refused("size 24 x 0 x 19") { $0.size.1 = 0 }
      try refused("size 0 x 0 x 0") { $0.size = (0, 0, 0) }
      try refused("the largest size") { $0.size = (.max, .max, .max) }
      try refused("a size whose product overflows") { $0.size = (1 << 32, 1 << 32, 1) }
      try refused("2^62 voxels") { $0.size = (1 << 21, 1 << 21, 1 << 20) }
    }
  },
  ConformanceTest("volume-geometry", "spacing, origin and direction that cannot be are refused") { subject in
    try refusesVolumes(subject, planRefusesToo: true) { refused in
      for bad in [Double.nan, .infinity, -.infinity, 0, -1] {
        try refused("spacing \(bad)") { $0.spacing_mm.2 = bad }
        if !bad.isFinite { try refused("origin \(bad)") { $0.origin_lps_mm.0 = bad } }
      }
      try refused("a direction with NaN") { $0.direction_lps.4 = .nan }
      try refused("a direction that is not orthonormal") { $0.direction_lps.1 = 0.5 }
      try refused("a direction with a zero vector") { ($0.direction_lps.0, $0.direction_lps.1) = (0, 0) }
      try refused("a direction of length 2") { $0.direction_lps.0 = 2 }
    }
  },
  ConformanceTest("volume-strides", "strides that leave the address space are refused") { subject in
    try refusesVolumes(subject) { refused in
      try refused("stride INT64_MAX") { $0.stride_bytes = (2, 48, .max) }
      try refused("stride INT64_MIN") { $0.stride_bytes = (2, 48, .min) }
      try refused("stride 2^62") { $0.stride_bytes = (1 << 62, 48, 1008) }
    }
  },
  ConformanceTest("volume-element-type", "element types that are unknown or for outputs only are refused") { subject in
    try refusesVolumes(subject) { refused in
      for type: UInt32 in [0, ISLET_ELEMENT_UINT8, 6, 9, .max] {
        try refused("element_type \(type)") { $0.element_type = type }
      }
    }
  },
  ConformanceTest("volume-values", "voxels and rescale values that are not numbers are refused") { subject in
    try refusesVolumes(subject) { refused in
      for bad in [Double.nan, .infinity] {
        try refused("slope \(bad)") { $0.rescale_slope = bad }
        try refused("intercept \(bad)") { $0.rescale_intercept = bad }
      }
    }
    let instance = try subject.loadedInstance()
    for bad in [Float.nan, .infinity, -.infinity] {
      let volume = try TestVolume(element: ISLET_ELEMENT_FLOAT32)
      volume.memory.base.storeBytes(of: bad, toByteOffset: 4 * 1234, as: Float.self)
      try expectRefusal(instance.status(volume), [ISLET_ERROR_VOLUME], "a voxel that is \(bad)", instance)
    }
    _ = try instance.result(TestVolume())
  },
  ConformanceTest(
    "smallest-volumes", "volumes of one voxel, row or slice are segmented or refused in words", seconds: 120
  ) {
    subject in
    let instance = try subject.loadedInstance()
    for size in [
      [1, 1, 1], [24, 1, 1], [1, 21, 1], [1, 1, 19], [24, 21, 1], [24, 1, 19], [1, 21, 19], [3, 2, 5], [7, 31, 13],
    ] {
      let volume = try TestVolume(patientSize: size)
      let status = try instance.status(volume)
      if status != ISLET_OK { try expectRefusal(status, [ISLET_ERROR_VOLUME], "a volume of \(size) voxels", instance) }
    }
    _ = try instance.result(TestVolume())
  },
]

/// A good volume, spoilt in one field after the other: segment refuses each with ISLET_ERROR_VOLUME, so does plan where it
/// looks at the field, and the instance works afterwards.
private func refusesVolumes(
  _ subject: Subject, planRefusesToo: Bool = false,
  _ body: ((String, (inout islet_volume) -> Void) throws -> Void) throws -> Void
) throws {
  let instance = try subject.loadedInstance()
  let volume = try TestVolume()
  try body { what, change in
    var area = try OutputArea(voxelCount: volume.voxelCount)
    var spoilt = volume.islet
    change(&spoilt)
    let status = instance.segment(&spoilt, nil, &area.islet)
    try expectRefusal(status, [ISLET_ERROR_VOLUME], "segment with \(what)", instance)
    try promise(area.isIntactAround, "segment with \(what): refused, but it wrote beside an output buffer")
    guard planRefusesToo else { return }
    var plan = islet_plan()
    plan.struct_size = UInt32(MemoryLayout<islet_plan>.size)
    try expectRefusal(
      instance.plugin.table.pointee.plan(instance.pointer, &spoilt, nil, &plan), [ISLET_ERROR_VOLUME],
      "plan with \(what)", instance)
  }
  _ = try instance.result(volume)
}
