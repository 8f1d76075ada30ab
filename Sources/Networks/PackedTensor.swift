/// One tensor in one memory order, filled once.
final class PackedTensor: @unchecked Sendable {  // Nobody writes once it is filled.
  let layout: OneDNN.Layout
  private let buffer = AlignedBuffer()
  private let memory: UnsafeMutableRawPointer

  var tensor: OneDNN.Tensor { OneDNN.Tensor(layout: layout, memory: memory) }

  /// Memory for a tensor, which `fill` writes before anybody reads it.
  init(unfilled layout: OneDNN.Layout) throws(NetworkError) {
    self.layout = layout
    memory = try buffer.reserve(bytes: layout.byteCount)
  }

  /// Row-major values; `values` must be as many as `shape` says.
  convenience init(values: [Float], shape: [Int]) throws(NetworkError) {
    precondition(values.count == shape.reduce(1, *))
    try self.init(unfilled: OneDNN.Layout.rowMajor(shape))
    values.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count) }
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
    let packed = try PackedTensor(unfilled: layout)
    let reorder = try OneDNN.reorder(from: self.layout, to: layout, engine: engine)
    let scratch = AlignedBuffer()
    defer { withExtendedLifetime(scratch) {} }
    try reorder.run(
      on: OneDNN.Stream(engine), from: memory, to: packed.memory,
      scratch: try scratch.reserve(bytes: reorder.scratchpadByteCount))
    return packed
  }
}
