import CIslet

/// Sizes of structs: too small, and of a later version.
let structTests: [ConformanceTest] = [
  ConformanceTest("small-structs", "volume, request, output and plan that end too early are refused") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let area = try OutputArea(voxelCount: volume.voxelCount)
    let sizes = [
      ("volume", MemoryLayout<islet_volume>.size), ("request", MemoryLayout<islet_request>.size),
      ("output", MemoryLayout<islet_output>.size), ("plan", MemoryLayout<islet_plan>.size),
    ]
    for (what, whole) in sizes {
      for size in [0, 4, whole - 1] {
        let memory = try GuardedMemory(byteCount: max(4, size))
        memory.base.storeBytes(of: UInt32(size), as: UInt32.self)
        let status = try call(instance, volume, area, replacing: what, by: memory.base)
        try expectRefusal(status, [ISLET_ERROR_STRUCT_SIZE], "a \(what) of struct_size \(size)", instance)
      }
    }
  },
  ConformanceTest(
    "larger-structs", "structs of a later minor version work, what is behind their known end does not count"
  ) {
    subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let expected = try instance.result(volume)
    var area = try OutputArea(voxelCount: volume.voxelCount)
    for what in ["volume", "request", "output", "plan"] {
      let sizes = [
        "volume": MemoryLayout<islet_volume>.size, "request": MemoryLayout<islet_request>.size,
        "output": MemoryLayout<islet_output>.size, "plan": MemoryLayout<islet_plan>.size,
      ]
      let size = (sizes[what] ?? 0) + 64
      let memory = try GuardedMemory(byteCount: size)
      switch what {
      case "volume": memory.base.storeBytes(of: volume.islet, as: islet_volume.self)
      case "request": memory.base.storeBytes(of: request(), as: islet_request.self)
      case "output": memory.base.storeBytes(of: area.islet, as: islet_output.self)
      default: break
      }
      memory.base.storeBytes(of: UInt32(size), as: UInt32.self)
      area.refill()
      try expect(
        call(instance, volume, area, replacing: what, by: memory.base), ISLET_OK, "a \(what) of struct_size \(size)",
        instance)
      let tail = UnsafeRawBufferPointer(start: memory.base + size - 64, count: 64)
      try promise(tail.allSatisfy { $0 == 0xA5 }, "the plugin wrote behind the end of the \(what) that it knows")
      switch what {
      case "plan": break
      case "output":
        area.islet = memory.base.load(as: islet_output.self)
        try expectSame(area.result, expected, "an output of a later version")
      default: try promise(area.mask.bytes == expected.mask, "a \(what) of a later version gives another mask")
      }
    }
  },
]

/// Calls segment, or plan, with one struct in memory of its own.
private func call(
  _ instance: TestInstance, _ volume: TestVolume, _ area: OutputArea, replacing what: String,
  by memory: UnsafeMutableRawPointer
) throws(Finding) -> islet_status {
  let table = instance.plugin.table.pointee
  var described = volume.islet
  var output = area.islet
  switch what {
  case "volume":
    return table.segment(
      instance.pointer, UnsafePointer(memory.assumingMemoryBound(to: islet_volume.self)), nil, &output)
  case "request":
    return table.segment(
      instance.pointer, &described, UnsafePointer(memory.assumingMemoryBound(to: islet_request.self)), &output)
  case "output":
    return table.segment(instance.pointer, &described, nil, memory.assumingMemoryBound(to: islet_output.self))
  default: return table.plan(instance.pointer, &described, nil, memory.assumingMemoryBound(to: islet_plan.self))
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
