/// Where the packed weights of one network lie: in memory of this process alone, or in memory that other processes see.
///
/// Blocks are asked for in one order, which follows from topology and options alone, while a network is made and on one
/// thread. Their addresses stay valid as long as the memory itself; nobody writes once the network is made.
public protocol WeightMemory: AnyObject, Sendable {
  /// Whether the blocks hold packed weights already, put there by another process that made the same network.
  var isFilled: Bool { get }
  /// The next block: at least `bytes` bytes at a multiple of 64; nil when the system refuses, or when a filled memory
  /// has no such block.
  func block(bytes: Int) -> UnsafeMutableRawPointer?
  /// All blocks have been asked for, and written where they were not filled: from now on they are only read.
  func finish()
}

/// Memory of this process alone, which goes with the last one who holds it.
final class OwnWeightMemory: WeightMemory, @unchecked Sendable {  // Blocks are asked for on one thread.
  let isFilled = false
  private var buffers: [AlignedBuffer] = []

  init() {}

  func block(bytes: Int) -> UnsafeMutableRawPointer? {
    let buffer = AlignedBuffer()
    guard let block = try? buffer.reserve(bytes: bytes) else { return nil }
    buffers.append(buffer)
    return block
  }

  func finish() {}
}

extension WeightMemory {
  /// The next block, or the error that says why there is none.
  func nextBlock(bytes: Int) throws(NetworkError) -> UnsafeMutableRawPointer {
    if let block = block(bytes: bytes) { return block }
    throw NetworkError(code: .outOfMemory, message: "the system refused \(bytes) bytes for a network's weights")
  }

  /// The next block, for `count` floats.
  func nextFloats(_ count: Int) throws(NetworkError) -> UnsafeMutablePointer<Float> {
    try nextBlock(bytes: count * MemoryLayout<Float>.stride).bindMemory(to: Float.self, capacity: count)
  }
}
