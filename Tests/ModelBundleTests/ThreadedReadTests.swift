import Testing

@testable import ModelBundle

/// Several threads read what one reads, and refuse with the same words.
struct ThreadedReadTests {
  private static let name = "fine-axial/fc6.weight"

  /// A bundle whose `name` has 144 chunks of 64 bytes.
  private func bundle() throws -> [UInt8] {
    var topology = TinyBundle.topology
    topology.fc6 = .init(channels: 512, kernel: 3)
    return try TinyBundle.bytes(.synthetic(topology: topology))
  }

  @Test(arguments: [2, 3, 8, 1000]) func tensorsAreThoseOfOneThread(threads: Int) throws {
    let reader = try BundleReader(bytes: bundle())
    for section in reader.manifest.sections {
      #expect(try reader.tensor(named: section.name, threads: threads) == reader.tensor(named: section.name))
    }
    try reader.verify(threads: threads)
  }

  @Test(arguments: [1, 2, 3, 8]) func firstBadChunkIsNamed(threads: Int) throws {
    var bytes = try bundle()
    let section = try #require(BundleReader(bytes: bytes).manifest.sections.first { $0.name == Self.name })
    #expect(section.chunks.count == 144)
    let offsets = ChunkDecoder.offsets(of: section)
    for chunk in [90, 91, 20, 143] { bytes[offsets[chunk] + 9] ^= 1 }
    let reader = try BundleReader(bytes: bytes)
    for _ in 0..<20 {
      let error = #expect(throws: BundleError.self) { try reader.tensor(named: Self.name, threads: threads) }
      #expect(error?.code == .corrupt)
      #expect(error?.message.contains("chunk 20:") == true)
    }
    #expect(throws: BundleError.self) { try reader.verify(threads: threads) }
  }

  @Test func everyNumberIsClaimedOnceAndInOrder() {
    for threads in [1, 2, 5] {
      for count in [0, 1, 4, 1000] {
        let seen = UnsafeMutableBufferPointer<Int>.allocate(capacity: max(count, 1))
        defer { seen.deallocate() }
        seen.initialize(repeating: 0)
        nonisolated(unsafe) let marks = seen
        let failure = ReaderThreads.share(count: count, threads: threads) { claim in
          var last = -1
          while let number = claim() {
            guard number > last else { return WorkerFailure(number: number, error: .init(code: .corrupt, message: "")) }
            last = number
            marks[number] += 1
          }
          return nil
        }
        #expect(failure == nil)
        #expect(seen.prefix(count).allSatisfy { $0 == 1 })
      }
    }
  }
}
