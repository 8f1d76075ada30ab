import Glibc
import Isolation
import Testing

/// What host and worker share: memory, its layout, messages.
@Suite struct IsolationTests {
  @Test func partsOfACallLieOnPagesOfTheirOwn() throws {
    var sizes = CallMemory.Sizes()
    (sizes.voxels, sizes.mask, sizes.probability, sizes.passMask) = (4097, 1, 12_288, 5)
    let layout = try #require(CallMemory(sizes))
    let parts = [
      layout.control, layout.voxels, layout.initialMask, layout.mask, layout.probability, layout.viewMasks,
      layout.passMask, layout.passViewMasks,
    ]
    #expect(parts.map(\.count) == [4096, 4097, 0, 1, 12_288, 0, 5, 0])
    #expect(parts.allSatisfy { $0.lowerBound % 4096 == 0 } && layout.byteCount >= layout.passMask.upperBound)
    for (part, next) in zip(parts, parts.dropFirst()) { #expect(part.upperBound <= next.lowerBound) }
  }

  @Test func impossibleSizesHaveNoLayout() {
    var sizes = CallMemory.Sizes()
    sizes.voxels = -1
    #expect(CallMemory(sizes) == nil)
    sizes.voxels = Int.max
    #expect(CallMemory(sizes) == nil)
  }

  @Test func sharedMemoryIsSeenThroughBothMappingsAndCannotShrink() throws {
    let ours = try #require(SharedMemory())
    #expect(ours.reserve(10_000) == nil && ours.byteCount == 10_000)
    let theirs = SharedMemory(inherited: ours.descriptor)
    #expect(theirs.map(10_000) == nil)
    ours.bytes(9_999..<10_000)?[0] = 77
    #expect(theirs.bytes(9_999..<10_000)?[0] == 77)
    #expect(ftruncate(ours.descriptor, 100) != 0, "no access to a mapping may ever fail")
    ours.giveBack()
    #expect(theirs.bytes(9_999..<10_000)?[0] == 0, "the memory went back to the system")
    #expect(ours.bytes(0..<1) == nil)
  }

  @Test func whatIsNotThereIsNotMapped() throws {
    let memory = try #require(SharedMemory())
    #expect(memory.map(4096) != nil)
    #expect(memory.reserve(4096) == nil && memory.map(4097) != nil)
    #expect(memory.reserve(1 << 46) != nil, "no machine has as much")
  }

  @Test func valuesComeBackInOrderAndNothingIsReadPastTheEnd() {
    var body = MessageBytes()
    body.append(Double.nan)
    body.append(text: "Zeile ä\n")
    body.append(UInt8(7))
    var reader = MessageReader(body.bytes)
    #expect(reader.read(Double.self)?.isNaN == true)
    #expect(reader.readText() == "Zeile ä\n")
    #expect(reader.read(UInt16.self) == nil)
    #expect(reader.read(UInt8.self) == 7 && reader.readText() == nil)
  }

  @Test func textLongerThanItsMessageIsRefused() {
    var body = MessageBytes()
    body.append(UInt32.max)
    var reader = MessageReader(body.bytes)
    #expect(reader.readText() == nil)
  }
}
