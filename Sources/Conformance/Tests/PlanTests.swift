import CIslet

/// plan and the memory budget.
let planTests: [ConformanceTest] = [
  ConformanceTest("plan", "plan answers before any voxel is there, the same each time, more for more voxels") {
    subject in
    let instance = try subject.loadedInstance()
    var small = try TestVolume().islet
    small.voxels = nil
    let first = try plan(instance, small)
    try promise(first.threads >= 1 && first.threads <= 256, "plan: threads is \(first.threads)")
    try promise(first.bytes > 0 && first.work_units > 0, "plan: \(first.bytes) bytes, \(first.work_units) work units")
    try promise(
      first.smallest_bytes > 0 && first.smallest_bytes <= first.bytes,
      "plan: smallest_bytes is \(first.smallest_bytes), bytes \(first.bytes)")
    let again = try plan(instance, small)
    try promise(
      again.bytes == first.bytes && again.work_units == first.work_units && again.threads == first.threads,
      "plan of the same call says something else")
    var large = small
    large.size = (200, 200, 200)
    large.stride_bytes = (0, 0, 0)
    let more = try plan(instance, large)
    try promise(
      more.bytes > first.bytes && more.work_units > first.work_units,
      "plan of 200 x 200 x 200 voxels: \(more.bytes) bytes and \(more.work_units) units, no more than for 24 x 21 x 19")
  },
  ConformanceTest("plan-allocates-nothing", "plan of the largest volume takes no memory") { subject in
    let instance = try subject.loadedInstance()
    var huge = try TestVolume().islet
    huge.voxels = nil
    huge.size = (1000, 1000, 1000)
    huge.stride_bytes = (0, 0, 0)
    _ = try? plan(instance, huge)
    let before = ProcessState.addressSpaceBytes
    for _ in 0..<20 { _ = try? plan(instance, huge) }
    let growth = ProcessState.addressSpaceBytes - before
    try promise(growth < 64 << 20, "twenty plans of 10^9 voxels took \(growth >> 20) MiB of address space")
  },
  ConformanceTest("budget-refused", "a memory budget that cannot be kept is refused by plan and segment, with numbers")
  { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let wish = request { $0.memory_budget_bytes = 1 }
    let refused: Set<Int32> = [ISLET_ERROR_RESOURCES]
    var made = islet_plan()
    made.struct_size = UInt32(MemoryLayout<islet_plan>.size)
    var (described, asked) = (volume.islet, wish)
    let status = instance.plugin.table.pointee.plan(instance.pointer, &described, &asked, &made)
    try expectRefusal(status, refused, "plan with a budget of 1 byte", instance)
    let smallest = try plan(instance, described).smallest_bytes
    for isolation in [ISLET_ISOLATION_DEFAULT, ISLET_ISOLATION_NONE] {
      asked.isolation = isolation
      try expectRefusal(instance.status(volume, asked), refused, "segment with a budget of 1 byte", instance)
      try promise(
        instance.lastError.contains { $0.isNumber }, "the sentence names no number: \(instance.lastError)")
    }
    _ = try instance.result(volume)
    try promise(smallest > 1, "plan: smallest_bytes is \(smallest), but 1 byte was refused")
  },
  ConformanceTest("budget-kept", "the smallest budget that plan names is enough and gives the same bits") { subject in
    let instance = try subject.loadedInstance()
    let volume = try TestVolume()
    let expected = try instance.result(volume)
    let made = try plan(instance, volume.islet)
    for budget in [made.bytes, made.smallest_bytes] {
      let result = try instance.result(volume, request { $0.memory_budget_bytes = budget })
      try expectSame(result, expected, "with a budget of \(budget) bytes")
    }
  },
]

/// What the plugin plans for a volume and a request of defaults.
private func plan(_ instance: TestInstance, _ volume: islet_volume) throws(Finding) -> islet_plan {
  var plan = islet_plan()
  plan.struct_size = UInt32(MemoryLayout<islet_plan>.size)
  var described = volume
  try expect(
    instance.plugin.table.pointee.plan(instance.pointer, &described, nil, &plan), ISLET_OK, "plan", instance)
  return plan
}
