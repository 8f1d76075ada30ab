/// The body of a message being written: numbers, structs of islet.h and texts, one after the other.
///
/// Both ends are built from the same sources for the same machine, so values travel as they lie in memory.
public struct MessageBytes {
  /// What was written so far.
  public private(set) var bytes: [UInt8] = []

  /// An empty body.
  public init() {}

  /// Appends a value without references, as it lies in memory.
  public mutating func append<Value: BitwiseCopyable>(_ value: Value) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  /// Appends a text.
  public mutating func append(text: String) {
    let utf8 = Array(text.utf8)
    append(UInt32(clamping: utf8.count))
    bytes.append(contentsOf: utf8)
  }
}

/// Reads the body of a message in the order in which it was written; nil where it ends early.
public struct MessageReader {
  private let bytes: [UInt8]
  private var offset = 0

  /// A reader of a message's body.
  public init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The next value.
  public mutating func read<Value: BitwiseCopyable>(_ type: Value.Type) -> Value? {
    let count = MemoryLayout<Value>.size
    guard bytes.count - offset >= count else { return nil }
    defer { offset += count }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }

  /// The next text.
  public mutating func readText() -> String? {
    guard let count = read(UInt32.self).map(Int.init), count <= bytes.count - offset else { return nil }
    defer { offset += count }
    return String(decoding: bytes[offset..<offset + count], as: UTF8.self)
  }
}
