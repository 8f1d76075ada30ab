/// One tensor in one memory order, written once.
final class PackedTensor: @unchecked Sendable {  // Nobody writes after init.
  let layout: OneDNN.Layout
  private let buffer = AlignedBuffer()
  private let memory: UnsafeMutableRawPointer

  var tensor: OneDNN.Tensor { OneDNN.Tensor(layout: layout, memory: memory) }

  private init(_ layout: OneDNN.Layout) throws(NetworkError) {
    self.layout = layout
    memory = try buffer.reserve(bytes: layout.byteCount)
  }

  /// Row-major values; `values` must be as many as `shape` says.
  convenience init(values: [Float], shape: [Int]) throws(NetworkError) {
    precondition(values.count == shape.reduce(1, *))
    try self.init(OneDNN.Layout.rowMajor(shape))
    values.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count) }
  }

  /// Row-major 8-bit values.
  convenience init(values: [Int8], shape: [Int]) throws(NetworkError) {
    precondition(values.count == shape.reduce(1, *))
    try self.init(OneDNN.Layout.rowMajor(shape, .int8))
    values.withUnsafeBytes { memory.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(memory), byteCount: $0.count) }
  }

  /// The same tensor in another memory order or, from float32, as another element.
  func packed(to layout: OneDNN.Layout, engine: OneDNN.Engine) throws(NetworkError) -> PackedTensor {
    guard !layout.isSame(as: self.layout) else { return self }
    let packed = try PackedTensor(layout)
    let reorder = try OneDNN.reorder(from: self.layout, to: layout, engine: engine)
    let scratch = AlignedBuffer()
    defer { withExtendedLifetime(scratch) {} }
    try reorder.run(
      on: OneDNN.Stream(engine), from: memory, to: packed.memory,
      scratch: try scratch.reserve(bytes: reorder.scratchpadByteCount))
    return packed
  }
}
