import CIslet
import Foundation
import Glibc
import Isolation
import Testing

@testable import Bridge

/// What workers share of packed weights: the file, its way through a connection, who has it.
@Suite struct WeightSharingTests {
  /// A file with blocks of 100 and 5,000 bytes, closed to writing.
  private static func packed() throws -> OpenFile {
    let written = try #require(WeightFile())
    for (bytes, value) in [(100, UInt8(7)), (5000, 9)] {
      let block = try #require(written.block(bytes: bytes))
      block.initializeMemory(as: UInt8.self, repeating: value, count: bytes)
    }
    return try #require(written.finish())
  }

  @Test func blocksComeBackInTheirOrderAndTheFileEnds() throws {
    let file = try Self.packed()
    let read = try #require(WeightFile(filled: file))
    #expect(read.isFilled)
    let (first, second) = (try #require(read.block(bytes: 100)), try #require(read.block(bytes: 5000)))
    #expect(first.load(as: UInt8.self) == 7 && second.load(fromByteOffset: 4999, as: UInt8.self) == 9)
    #expect(Int(bitPattern: first) % 64 == 0 && Int(bitPattern: second) % 64 == 0)
    #expect(read.block(bytes: 1) == nil, "there is no third")
    let other = try #require(WeightFile(filled: file))
    #expect(other.block(bytes: 100_000) == nil, "larger than the file")
    #expect(other.finish() == nil && other.block(bytes: 1) == nil, "no blocks after the end")
  }

  @Test func whatIsPackedCanNotChange() throws {
    let file = try Self.packed()
    #expect(WeightFile.isClosedToWriting(file))
    #expect(ftruncate(file.descriptor, 1) != 0 && ftruncate(file.descriptor, 1 << 20) != 0)
    var byte: UInt8 = 1
    #expect(pwrite(file.descriptor, &byte, 1, 0) != 1)
    let mapped = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor, 0)
    #expect(mapped == MAP_FAILED)
    // A file as a stranger might send it is none.
    let open = try #require(MemoryFile.copy(of: UnsafeRawBufferPointer(start: nil, count: 0)))
    let foreign = OpenFile(descriptor: open)
    #expect(WeightFile(filled: foreign) == nil && !WeightFile.isClosedToWriting(foreign))
  }

  @Test func impossibleBlocksAreRefused() throws {
    let file = try #require(WeightFile())
    #expect(file.block(bytes: .max) == nil && file.block(bytes: 1 << 37) == nil)
    #expect(file.block(bytes: 0) != nil)
  }

  @Test func filesGoWithTheirOwnMessages() throws {
    var ends: [Int32] = [-1, -1]
    #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    let (one, other) = (MessageChannel(descriptor: ends[0]), MessageChannel(descriptor: ends[1]))
    let file = try Self.packed()
    func inode(_ file: OpenFile?) throws -> UInt {
      var information = stat()
      #expect(fstat(try #require(file).descriptor, &information) == 0)
      return UInt(information.st_ino)
    }
    // Longer than what one read takes, and short enough to wait in the socket.
    var long = MessageBytes()
    long.append(text: String(repeating: "x", count: 70_000))
    #expect(one.send(.weights) && one.send(.weights, long, file: file))
    #expect(one.send(.log, long) && one.send(.shareWeights, file: file))
    let messages = try (0..<4).map { _ in try other.receive(milliseconds: 5000) }
    #expect(messages.map(\.kind) == [.weights, .weights, .log, .shareWeights])
    #expect(messages[0].file == nil && messages[2].file == nil)
    #expect(try inode(messages[1].file) == inode(file) && inode(messages[3].file) == inode(file))
    #expect(messages[1].file?.descriptor != file.descriptor && messages[1].body.count == long.bytes.count)
  }

  @Test func firstPacksTheOthersWaitThenAllUse() throws {
    let shelf = WeightShelf()
    let (one, two) = (WeightShelf.Borrower(of: shelf), WeightShelf.Borrower(of: shelf))
    guard case .packThem = shelf.claim("a", by: one), case .wait = shelf.claim("a", by: two),
      case .packThem = shelf.claim("b", by: two)
    else {
      Issue.record("one packs a network, others wait for that network alone")
      return
    }
    shelf.put(try Self.packed(), as: "a", by: two)
    #expect(shelf.packed.isEmpty, "only from the one that was to pack them")
    shelf.put(try Self.packed(), as: "a", by: one)
    guard case .packed = shelf.claim("a", by: two) else {
      Issue.record("packed weights go to those who waited")
      return
    }
    #expect(shelf.packed == ["a": 2])
    shelf.giveBack("a", by: one)
    #expect(shelf.packed == ["a": 1])
    withExtendedLifetime((one, two)) {}
  }

  @Test func whoDiesWhilePackingLeavesThePlaceToTheNext() throws {
    let shelf = WeightShelf()
    let waiting = WeightShelf.Borrower(of: shelf)
    do {
      let packing = WeightShelf.Borrower(of: shelf)
      _ = shelf.claim("a", by: packing)
      guard case .wait = shelf.claim("a", by: waiting) else {
        Issue.record("somebody is packing")
        return
      }
    }
    guard case .packThem = shelf.claim("a", by: waiting) else {
      Issue.record("nobody is packing any more")
      return
    }
  }

  @Test func nothingStaysWhenTheLastWorkerEnds() throws {
    let shelf = WeightShelf()
    weak var file: OpenFile?
    do {
      let worker = WeightShelf.Borrower(of: shelf)
      let packed = try Self.packed()
      file = packed
      _ = shelf.claim("a", by: worker)
      shelf.put(packed, as: "a", by: worker)
      #expect(shelf.packed == ["a": 1])
    }
    #expect(shelf.packed.isEmpty && file == nil)
  }
}
