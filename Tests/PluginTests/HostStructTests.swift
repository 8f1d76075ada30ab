import CIslet
import Glibc
import Testing

@testable import Bridge

/// Hosts that were built with a shorter islet.h: what their structs lack is the default, and nothing behind them is touched.
@Suite struct HostStructTests {
  @Test func whatLiesBeyondAShortStructIsZero() throws {
    var request = islet_request()
    (request.label, request.threads, request.margin, request.isolation) = (9, 3, 77, 2)
    // Up to the end of `threads`: quality, precision and threads count, margin does not.
    request.struct_size = 20
    let read = try #require(islet_request(reading: &request))
    #expect(read.label == 9 && read.threads == 3 && read.margin == 0 && read.isolation == 0)
    // A field that is cut is not there.
    request.struct_size = 19
    #expect(try #require(islet_request(reading: &request)).threads == 0)
    request.struct_size = 4096
    #expect(try #require(islet_request(reading: &request)).isolation == 2)
  }

  @Test func everyFieldOfTheHeaderIsListed() {
    func ends<Struct: HostStruct>(_: Struct.Type) -> [Int] {
      ([Struct.firstOptionalField] + Struct.laterFields).compactMap { MemoryLayout<Struct>.offset(of: $0) }
    }
    // Fields of the layout from the first optional one on; the last one ends with the struct.
    for (offsets, count) in [
      (ends(islet_host.self), 7), (ends(islet_config.self), 3), (ends(islet_volume.self), 2),
      (ends(islet_request.self), 17), (ends(islet_output.self), 15), (ends(islet_plan.self), 2),
    ] {
      #expect(offsets.count == count && offsets == offsets.sorted() && Set(offsets).count == count)
    }
  }

  /// Runs end on the last byte before a page that may not be touched.
  @Test(arguments: [
    (24, 8), (24, 40), (56, 8), (64, 64), (112, 128),
  ]) func shortStructsAtTheEndOfMemoryAreServed(_ outputSize: Int, _ requestSize: Int) throws {
    let host = try TestHost()
    #expect(try host.load(BundleFile()) == ISLET_OK)
    #expect(host.segment() == ISLET_OK)
    let whole = (host.output, UnsafeRawBufferPointer(start: host.output.mask, count: 120).map { $0 })
    let (outputPage, requestPage, volumePage) = (try GuardedPage(), try GuardedPage(), try GuardedPage())
    host.output.struct_size = UInt32(outputSize)
    host.request.struct_size = UInt32(requestSize)
    host.volume.struct_size = 104
    let output = withUnsafeBytes(of: &host.output) { outputPage.place($0, count: outputSize) }
    let request = withUnsafeBytes(of: &host.request) { requestPage.place($0, count: requestSize) }
    let volume = withUnsafeBytes(of: &host.volume) { volumePage.place($0, count: 104) }
    memset(host.output.mask, 0xA5, 120)
    let status = host.table.segment(
      host.instance, volume.assumingMemoryBound(to: islet_volume.self),
      request.assumingMemoryBound(to: islet_request.self), output.assumingMemoryBound(to: islet_output.self))
    #expect(status == ISLET_OK, "\(host.lastError)")
    #expect(UnsafeRawBufferPointer(start: host.output.mask, count: 120).map { $0 } == whole.1)
    if outputSize >= 112 { #expect(output.loadUnaligned(fromByteOffset: 72, as: UInt64.self) == whole.0.voxels) }
    #expect(output.loadUnaligned(as: UInt32.self) == UInt32(outputSize), "struct_size is the host's")
  }

  @Test func planOfAnOlderHostIsFilledAsFarAsItReaches() throws {
    let host = try TestHost()
    #expect(try host.load(BundleFile()) == ISLET_OK)
    var plan = islet_plan()
    plan.struct_size = 16
    (plan.smallest_bytes, plan.work_units) = (123, 456)
    #expect(host.table.plan(host.instance, &host.volume, &host.request, &plan) == ISLET_OK)
    #expect(plan.bytes > 0 && plan.smallest_bytes == 123 && plan.work_units == 456 && plan.struct_size == 16)
  }
}

/// A page of memory before one that no one may touch.
private final class GuardedPage {
  private let base: UnsafeMutableRawPointer

  init() throws {
    let mapped = try #require(mmap(nil, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    try #require(mapped != MAP_FAILED && mprotect(mapped + 4096, 4096, PROT_NONE) == 0)
    base = mapped
  }

  deinit { munmap(base, 8192) }

  /// A copy of the first `count` bytes that ends with the page.
  func place(_ bytes: UnsafeRawBufferPointer, count: Int) -> UnsafeMutableRawPointer {
    let place = base + 4096 - count
    if let source = bytes.baseAddress { memcpy(place, source, count) }
    return place
  }
}
