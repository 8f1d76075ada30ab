/// One tensor in one memory order, filled once.
final class PackedTensor: @unchecked Sendable {  // Nobody writes once it is filled.
  let layout: OneDNN.Layout
  private let owner: any WeightMemory
  private let memory: UnsafeMutableRawPointer

  var tensor: OneDNN.Tensor { OneDNN.Tensor(layout: layout, memory: memory) }

  /// The next block of `memory`: what a filled one holds, or what `fill` writes before anybody reads it.
  init(_ layout: OneDNN.Layout, in memory: any WeightMemory) throws(NetworkError) {
    (self.layout, owner) = (layout, memory)
    self.memory = try memory.nextBlock(bytes: layout.byteCount)
  }

  /// A row of values, in the next block of a memory that is not filled.
  convenience init(values: [Float], in memory: any WeightMemory) throws(NetworkError) {
    try self.init(rowOf: values.count, in: memory)
    let target = self.memory
    values.withUnsafeBytes { target.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(target), byteCount: $0.count) }
  }

  /// A row of `count` floats, in the next block of a memory.
  convenience init(rowOf count: Int, in memory: any WeightMemory) throws(NetworkError) {
    try self.init(OneDNN.Layout.rowMajor([count]), in: memory)
  }

  /// The values of a row of `count` floats.
  func floats(_ count: Int) -> [Float] {
    defer { withExtendedLifetime(self) {} }
    return (0..<count).map { memory.load(fromByteOffset: $0 * MemoryLayout<Float>.stride, as: Float.self) }
  }

  /// Fills the outermost indices `part`, nil for all, with row-major `values` of `shape`, converted to this tensor's element.
  func fill<Value>(
    _ part: Range<Int>?, with values: [Value], of element: OneDNN.Element, shape: [Int], engine: OneDNN.Engine
  ) throws(NetworkError) {
    precondition(values.count == shape.reduce(1, *))
    let reorder = try OneDNN.reorder(
      from: OneDNN.Layout.rowMajor(shape, element), to: try part.map(layout.part) ?? layout, engine: engine)
    let scratch = AlignedBuffer()
    defer { withExtendedLifetime(scratch) {} }
    let (stream, space) = (
      try OneDNN.Stream(engine), try scratch.reserve(bytes: reorder.scratchpadByteCount)
    )
    try values.withUnsafeBufferPointer { values throws(NetworkError) in
      guard let start = values.baseAddress else { return }
      // oneDNN only reads it.
      try reorder.run(on: stream, from: UnsafeMutableRawPointer(mutating: start), to: memory, scratch: space)
    }
  }

  /// The same tensor in another memory order.
  func packed(to layout: OneDNN.Layout, engine: OneDNN.Engine) throws(NetworkError) -> PackedTensor {
    guard !layout.isSame(as: self.layout) else { return self }
    let packed = try PackedTensor(layout, in: OwnWeightMemory())
    let reorder = try OneDNN.reorder(from: self.layout, to: layout, engine: engine)
    let scratch = AlignedBuffer()
    defer { withExtendedLifetime(scratch) {} }
    try reorder.run(
      on: OneDNN.Stream(engine), from: memory, to: packed.memory,
      scratch: try scratch.reserve(bytes: reorder.scratchpadByteCount))
    return packed
  }
}
