import CIslet
import Testing

/// islet_plugin.plan: what a run will take, and the budget that holds it to that.
@Suite struct PlanTests {
  private static func plan(_ host: TestHost) -> (status: islet_status, plan: islet_plan) {
    var plan = islet_plan()
    plan.struct_size = UInt32(MemoryLayout<islet_plan>.size)
    return (host.table.plan(host.instance, &host.volume, &host.request, &plan), plan)
  }

  @Test func needsABundle() throws {
    let host = try TestHost()
    #expect(Self.plan(host).status == ISLET_ERROR_WRONG_ORDER && host.lastError.contains("load_bundle"))
  }

  @Test func nullAndShortStructsAreRefused() throws {
    let host = try TestHost()
    #expect(try host.load(BundleFile()) == ISLET_OK)
    var plan = islet_plan()
    #expect(host.table.plan(host.instance, &host.volume, nil, nil) == ISLET_ERROR_ARGUMENT)
    #expect(host.table.plan(host.instance, nil, nil, &plan) == ISLET_ERROR_ARGUMENT)
    #expect(host.table.plan(host.instance, &host.volume, nil, &plan) == ISLET_ERROR_STRUCT_SIZE)
    #expect(host.table.plan(nil, &host.volume, nil, &plan) == ISLET_ERROR_ARGUMENT)
  }

  @Test func worksWithoutVoxelsAndChecksTheGeometry() throws {
    let host = try TestHost()
    #expect(try host.load(BundleFile()) == ISLET_OK)
    host.volume.voxels = nil
    host.volume.size = (512, 512, 600)
    let (status, plan) = Self.plan(host)
    #expect(status == ISLET_OK, "\(host.lastError)")
    #expect(plan.bytes > 512 * 512 * 600 && plan.smallest_bytes <= plan.bytes && plan.work_units > 0)
    #expect(plan.threads == 1)
    host.volume.spacing_mm.1 = -1
    #expect(Self.plan(host).status == ISLET_ERROR_VOLUME)
  }

  @Test(arguments: [ISLET_ISOLATION_NONE, ISLET_ISOLATION_PROCESS])
  func smallestBudgetIsKeptAndASmallerOneRefusedByPlanAndSegment(_ isolation: UInt32) throws {
    let host = try TestHost()
    #expect(try host.load(BundleFile()) == ISLET_OK)
    host.request.isolation = isolation
    let (_, plan) = Self.plan(host)
    host.request.memory_budget_bytes = plan.smallest_bytes
    #expect(Self.plan(host).status == ISLET_OK && host.segment() == ISLET_OK, "\(host.lastError)")
    host.request.memory_budget_bytes = 1000
    #expect(Self.plan(host).status == ISLET_ERROR_RESOURCES)
    #expect(host.lastError.contains("1000 bytes") && host.lastError.contains("\(plan.smallest_bytes)"))
    #expect(host.segment() == ISLET_ERROR_RESOURCES && host.lastError.contains("1000 bytes"))
  }
}
