import Glibc

/// Memory aligned to cache lines that grows and never keeps its contents when it does.
final class AlignedBuffer {
  /// More than any tensor that shape inference admits; refused without asking the system.
  private static let largest = 1 << 38

  private(set) var byteCount = 0
  private var memory: UnsafeMutableRawPointer?

  init() {}

  deinit { free(memory) }

  /// At least `bytes` bytes of uninitialised memory (never fewer than 64, so that a pointer always exists).
  func reserve(bytes: Int) throws(NetworkError) -> UnsafeMutableRawPointer {
    if let memory, byteCount >= bytes { return memory }
    free(memory)
    (memory, byteCount) = (nil, 0)
    let wanted = max(bytes, 64)
    var fresh: UnsafeMutableRawPointer?
    guard wanted <= Self.largest, posix_memalign(&fresh, 64, wanted) == 0, let fresh else {
      throw NetworkError(code: .outOfMemory, message: "the system refused \(wanted) bytes for a network's tensors")
    }
    (memory, byteCount) = (fresh, wanted)
    return fresh
  }

  /// Memory for `count` floats.
  func reserve(floats count: Int) throws(NetworkError) -> UnsafeMutablePointer<Float> {
    try reserve(bytes: count * MemoryLayout<Float>.stride).bindMemory(to: Float.self, capacity: count)
  }
}
