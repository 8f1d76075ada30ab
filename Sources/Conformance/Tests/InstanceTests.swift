import CIslet
import Glibc

/// create, destroy and last_error.
let instanceTests: [ConformanceTest] = [
  ConformanceTest("create-defaults", "an instance can be made without host and config") { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    var instance: OpaquePointer?
    try expect(plugin.table.pointee.create(nil, nil, &instance), ISLET_OK, "create(NULL, NULL)")
    try promise(instance != nil, "create: ISLET_OK but the instance is NULL")
    plugin.table.pointee.destroy(instance)
  },
  ConformanceTest("create-null-instance", "create without a place for the instance is refused") { subject in
    try expect(
      LoadedPlugin(subject.plugin).table.pointee.create(nil, nil, nil), ISLET_ERROR_ARGUMENT, "create, instance NULL")
  },
  ConformanceTest("create-small-structs", "host and config that end too early are refused") { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    let table = plugin.table.pointee
    for (what, least) in [("host", StructSizes.host.least), ("config", StructSizes.config.least)] {
      for size in [0, 4, least - 1] {
        let host = what == "host" ? try GuardedMemory(islet_host(), endingAt: size) : nil
        let config = what == "config" ? try GuardedMemory(islet_config(), endingAt: size) : nil
        var instance: OpaquePointer? = OpaquePointer(bitPattern: 0x10)
        let status = table.create(
          host?.pointer(to: islet_host.self), config?.pointer(to: islet_config.self), &instance)
        try expect(status, ISLET_ERROR_STRUCT_SIZE, "create with a \(what) of struct_size \(size)")
        try promise(instance == nil, "create with a \(what) of struct_size \(size): *instance is not NULL")
      }
    }
  },
  ConformanceTest("create-bad-config", "flags, keys and versions that make no sense are refused") { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    func status(_ change: (inout islet_config) -> Void) -> islet_status {
      var config = TestInstance.acceptingConfig
      change(&config)
      var instance: OpaquePointer?
      let status = plugin.table.pointee.create(nil, &config, &instance)
      plugin.table.pointee.destroy(instance)
      return status
    }
    try expect(status { $0.accepted_flags = 1 }, ISLET_ERROR_CONFIG, "create accepting ISLET_FLAG_TOUCHES_BORDER")
    try expect(status { $0.accepted_flags = 1 << 63 }, ISLET_ERROR_CONFIG, "create accepting an unknown flag")
    try "no key at all".withCString { text in
      try expect(status { $0.trusted_keys = text }, ISLET_ERROR_CONFIG, "create with trusted_keys \"no key at all\"")
    }
    try "three words here".withCString { text in
      try expect(
        status { $0.minimum_versions = text }, ISLET_ERROR_CONFIG, "create with minimum_versions \"three words here\"")
    }
  },
  ConformanceTest("create-copies-structs", "host and config may change or go once create has returned") { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    let host = RecordingHost()
    let table = UnsafeMutablePointer<islet_host>.allocate(capacity: 1)
    let config = UnsafeMutablePointer<islet_config>.allocate(capacity: 1)
    defer {
      table.deallocate()
      config.deallocate()
    }
    table.initialize(to: host.table)
    config.initialize(to: TestInstance.acceptingConfig)
    var instance: OpaquePointer?
    try expect(plugin.table.pointee.create(table, config, &instance), ISLET_OK, "create")
    memset(table, 0xFF, MemoryLayout<islet_host>.size)
    memset(config, 0, MemoryLayout<islet_config>.size)
    guard plugin.table.pointee.load_bundle(instance, subject.bundle) == ISLET_OK else {
      throw Finding.skipped("the bundle was not loaded")
    }
    let volume = try TestVolume()
    var area = try OutputArea(voxelCount: volume.voxelCount)
    var described = volume.islet
    try expect(plugin.table.pointee.segment(instance, &described, nil, &area.islet), ISLET_OK, "segment")
    try promise(!host.reports.isEmpty, "no progress arrived at the callbacks that create was given")
    plugin.table.pointee.destroy(instance)
  },
  ConformanceTest("destroy-null", "destroy takes NULL") { subject in
    try LoadedPlugin(subject.plugin).table.pointee.destroy(nil)
  },
  ConformanceTest("last-error", "the sentence is there after a failure, empty after a success, never NULL") { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    let ofNobody = plugin.table.pointee.last_error(nil)
    try promise(ofNobody.map { $0.pointee != 0 } ?? false, "last_error(NULL) is NULL or empty")
    let instance = try TestInstance(of: plugin, host: RecordingHost())
    try promise(instance.lastError == "", "last_error of a new instance is \"\(instance.lastError)\"")
    let volume = try TestVolume()
    try expect(instance.status(volume), ISLET_ERROR_WRONG_ORDER, "segment without a bundle")
    try promise(!instance.lastError.isEmpty, "last_error is empty after a failed call")
    try subject.load(instance)
    try promise(instance.lastError == "", "last_error is still \"\(instance.lastError)\" after a call that worked")
  },
  ConformanceTest("many-instances", "a hundred instances come and go and leave nothing") { subject in
    let plugin = try LoadedPlugin(subject.plugin)
    _ = try subject.loadedInstance()
    let before = ProcessState()
    for _ in 0..<5 {
      let instances = try (0..<20).map { _ in try TestInstance(of: plugin, host: RecordingHost()) }
      for instance in instances { try subject.load(instance) }
    }
    if let difference = ProcessState().difference(from: before) {
      throw Finding.failed("after the last destroy: \(difference)")
    }
  },
]

/// NULL and calls that come too early.
let orderTests: [ConformanceTest] = [
  ConformanceTest("null-instance", "every call refuses a NULL instance") { subject in
    let table = try LoadedPlugin(subject.plugin).table.pointee
    let volume = try TestVolume()
    var described = volume.islet
    var area = try OutputArea(voxelCount: volume.voxelCount)
    var json: UnsafePointer<CChar>?
    var plan = islet_plan()
    plan.struct_size = UInt32(MemoryLayout<islet_plan>.size)
    try expect(table.load_bundle(nil, subject.bundle), ISLET_ERROR_ARGUMENT, "load_bundle, instance NULL")
    try expect(
      table.load_bundle_memory(nil, &plan, 8), ISLET_ERROR_ARGUMENT, "load_bundle_memory, instance NULL")
    try expect(table.describe_bundle(nil, &json), ISLET_ERROR_ARGUMENT, "describe_bundle, instance NULL")
    try expect(table.segment(nil, &described, nil, &area.islet), ISLET_ERROR_ARGUMENT, "segment, instance NULL")
    try expect(table.trace(nil, &json), ISLET_ERROR_ARGUMENT, "trace, instance NULL")
    try expect(table.plan(nil, &described, nil, &plan), ISLET_ERROR_ARGUMENT, "plan, instance NULL")
  },
  ConformanceTest("null-arguments", "every call refuses a NULL where none may be") { subject in
    let instance = try subject.loadedInstance()
    let (table, pointer) = (instance.plugin.table.pointee, instance.pointer)
    let volume = try TestVolume()
    var described = volume.islet
    var area = try OutputArea(voxelCount: volume.voxelCount)
    var plan = islet_plan()
    plan.struct_size = UInt32(MemoryLayout<islet_plan>.size)
    let refused: Set<Int32> = [ISLET_ERROR_ARGUMENT]
    try expectRefusal(table.load_bundle(pointer, nil), refused, "load_bundle, path NULL", instance)
    try expectRefusal(table.load_bundle_memory(pointer, nil, 8), refused, "load_bundle_memory, bytes NULL", instance)
    try expectRefusal(table.describe_bundle(pointer, nil), refused, "describe_bundle, json NULL", instance)
    try expectRefusal(table.trace(pointer, nil), refused, "trace, json NULL", instance)
    try expectRefusal(table.segment(pointer, nil, nil, &area.islet), refused, "segment, volume NULL", instance)
    try expectRefusal(table.segment(pointer, &described, nil, nil), refused, "segment, output NULL", instance)
    try expectRefusal(table.plan(pointer, nil, nil, &plan), refused, "plan, volume NULL", instance)
    try expectRefusal(table.plan(pointer, &described, nil, nil), refused, "plan, plan NULL", instance)
    described.voxels = nil
    try expectRefusal(table.segment(pointer, &described, nil, &area.islet), refused, "segment, voxels NULL", instance)
  },
  ConformanceTest("wrong-order", "calls that come too early are refused and harm nothing") { subject in
    let instance = try TestInstance(of: LoadedPlugin(subject.plugin), host: RecordingHost())
    let (table, pointer) = (instance.plugin.table.pointee, instance.pointer)
    let volume = try TestVolume()
    var described = volume.islet
    var json: UnsafePointer<CChar>?
    var plan = islet_plan()
    plan.struct_size = UInt32(MemoryLayout<islet_plan>.size)
    let refused: Set<Int32> = [ISLET_ERROR_WRONG_ORDER]
    try expectRefusal(instance.status(volume), refused, "segment before load_bundle", instance)
    try expectRefusal(table.describe_bundle(pointer, &json), refused, "describe_bundle before load_bundle", instance)
    try expectRefusal(table.plan(pointer, &described, nil, &plan), refused, "plan before load_bundle", instance)
    try expectRefusal(table.trace(pointer, &json), refused, "trace before segment", instance)
    try subject.load(instance)
    try expectRefusal(table.trace(pointer, &json), refused, "trace after load_bundle, before segment", instance)
    _ = try instance.result(volume)
    try expect(table.trace(pointer, &json), ISLET_OK, "trace after segment")
    try subject.load(instance)
    try expectRefusal(table.trace(pointer, &json), refused, "trace after another load_bundle", instance)
  },
  ConformanceTest("busy", "a second call on an instance at work is refused, from any thread") { subject in
    let host = RecordingHost()
    let instance = try subject.loadedInstance(host: host)
    let volume = try TestVolume()
    let (inner, reports) = (Answers(), Answers())
    host.onReport = { _ in
      reports.add("progress", ISLET_OK)
      // Not again inside the calls that follow, should they not be refused.
      guard reports.all.count == 1 else { return }
      var described = volume.islet
      var json: UnsafePointer<CChar>?
      let table = instance.plugin.table.pointee
      inner.add("segment", (try? instance.status(volume)) ?? -1)
      inner.add("load_bundle", instance.load(subject.bundle))
      inner.add("describe_bundle", table.describe_bundle(instance.pointer, &json))
      var plan = islet_plan()
      plan.struct_size = UInt32(MemoryLayout<islet_plan>.size)
      inner.add("plan", table.plan(instance.pointer, &described, nil, &plan))
      try? HostThread.run([{ inner.add("segment on another thread", (try? instance.status(volume)) ?? -1) }])
      inner.add("last_error", instance.lastError.isEmpty ? -1 : ISLET_ERROR_BUSY)
    }
    _ = try instance.result(volume)
    try promise(!inner.all.isEmpty, "no progress was reported, so that nothing could be tried meanwhile")
    for (call, status) in inner.all { try expect(status, ISLET_ERROR_BUSY, "\(call) while segment runs") }
  },
]
