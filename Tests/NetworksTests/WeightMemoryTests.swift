import Testing

@testable import Networks

/// A network over weights that another one has packed: the same bits, and nothing is asked of the bundle.
@Suite struct WeightMemoryTests {
  /// Blocks of one network, and the same blocks again for another one.
  final class Recorded: WeightMemory, @unchecked Sendable {
    let isFilled: Bool
    private(set) var sizes: [Int] = []
    private(set) var isFinished = false
    private let own = OwnWeightMemory()
    private var blocks: [(pointer: UnsafeMutableRawPointer, bytes: Int)]
    private let first: Recorded?

    init() { (isFilled, blocks, first) = (false, [], nil) }

    /// The blocks of `first`, but for the last ones.
    init(filledBy first: Recorded, without missing: Int = 0) {
      (isFilled, blocks, self.first) = (true, first.blocks.dropLast(missing), first)
    }

    func block(bytes: Int) -> UnsafeMutableRawPointer? {
      defer { sizes.append(bytes) }
      if isFilled { return sizes.count < blocks.count ? blocks[sizes.count].pointer : nil }
      guard let block = own.block(bytes: bytes) else { return nil }
      blocks.append((block, bytes))
      return block
    }

    func finish() { isFinished = true }
  }

  static let kinds: [FCN8s.Options] =
    [.init(kernels: .own), .init(kernels: .oneDNN)]
    + [Precision.bfloat16, .int8].filter(\.isOffered).map { .init(precision: $0) }

  private struct Unexpected: Error { let name: String }

  @Test(arguments: ReferenceTests.setups, kinds)
  func filledMemoryGivesTheSameNetwork(_ setup: ReferenceTests.Setup, _ options: FCN8s.Options) throws {
    let description = try ReferenceTests.small(
      setup.family, fc6Kernel: setup.fc6Kernel, setup.pools, upsampling: setup.upsampling)
    let tensors = randomTensors(for: description, seed: 31)
    let maxima = Dictionary(
      uniqueKeysWithValues: (["input"] + description.convolutions.map(\.name)).map { ($0, Float(3)) })
    let memory = Recorded()
    let packed = try FCN8s(
      description: description, options: options, activationMaxima: maxima, memory: memory
    ) { name, outputs in tensors[name]?.part(outputs) }
    #expect(memory.isFinished && !memory.sizes.isEmpty)

    let filled = Recorded(filledBy: memory)
    let adopted = try FCN8s(
      description: description, options: options, activationMaxima: maxima, memory: filled
    ) { name, outputs in
      guard name.hasPrefix("upscore") else { throw Unexpected(name: name) }
      return tensors[name]?.part(outputs)
    }
    #expect(filled.sizes == memory.sizes && filled.isFinished, "both ask for the same blocks in the same order")
    for (rows, columns) in [(17, 23), (31, 19), (1, 29)] {
      let slice = randomSlice(description, rows: rows, columns: columns)
      let expected = try packed.logits(slice, rows: rows, columns: columns)
      #expect(try adopted.logits(slice, rows: rows, columns: columns) == expected)
      #expect(Set(expected).count > 1)
    }

    #expect(throws: NetworkError.self, "a memory that ends early is refused") {
      try FCN8s(
        description: description, options: options, activationMaxima: maxima,
        memory: Recorded(filledBy: memory, without: 1)
      ) { name, outputs in tensors[name]?.part(outputs) }
    }
  }

  @Test func packingOrdersNameTheKernels() throws {
    let orders = try FCN8s.packingOrders()
    #expect(orders.contains("oneDNN 2."), "\(orders)")
    #expect(orders.hasPrefix(Filters().instructionSet.rawValue), "\(orders)")
  }
}
