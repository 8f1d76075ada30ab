extension Manifest {
  /// One tensor in the file: where it lies and how it is stored.
  public struct Section: Codable, Hashable, Sendable {
    /// How one number is stored; always little endian.
    public enum ElementType: String, Codable, CaseIterable, Hashable, Sendable {
      /// IEEE 754 binary32.
      case float32
      /// IEEE 754 binary16.
      case float16
      /// The upper 16 bits of binary32.
      case bfloat16
      /// Reserved for a later minor version (with scales per channel); refused by this one.
      case int8

      /// Bytes of one number.
      public var byteCount: Int {
        switch self {
        case .float32: 4
        case .float16, .bfloat16: 2
        case .int8: 1
        }
      }
    }

    /// A piece of a section that is hashed and decompressed on its own: one LZ4 frame.
    public struct Chunk: Codable, Hashable, Sendable {
      /// Bytes of the frame in the file.
      public var bytes: Int
      /// SHA-256 of these bytes, 64 lower-case hexadecimal digits.
      public var sha256: String

      /// Makes a chunk record.
      public init(bytes: Int, sha256: String) { (self.bytes, self.sha256) = (bytes, sha256) }
    }

    /// Name of the tensor, unique in the bundle: `<network>/<layer>.weight` or `.bias`.
    public var name: String
    /// How its numbers are stored.
    public var dtype: ElementType
    /// Weights: [out channels, in channels, kernel rows, kernel columns]; biases: [out channels].
    public var shape: [Int]
    /// Byte in the file where the section starts, a multiple of 64.
    public var offset: Int
    /// Bytes of the tensor as it is in memory: product of `shape` times the size of `dtype`.
    public var rawBytes: Int
    /// Bytes of the section in the file, without the padding after it: the sum of the chunks' bytes.
    public var storedBytes: Int
    /// Raw bytes of every chunk but the last, which holds the rest.
    public var chunkBytes: Int
    /// The chunks, in order and without anything between them.
    public var chunks: [Chunk]
    /// Whether the bytes of each chunk are sorted into planes: all first bytes of its numbers, then all second ones ...
    public var shuffle: Bool

    enum CodingKeys: String, CodingKey {
      case name, dtype, shape, offset, chunks, shuffle
      case rawBytes = "raw_bytes"
      case storedBytes = "stored_bytes"
      case chunkBytes = "chunk_bytes"
    }

    /// Makes a section record.
    public init(
      name: String, dtype: ElementType, shape: [Int], offset: Int, rawBytes: Int, storedBytes: Int, chunkBytes: Int,
      chunks: [Chunk], shuffle: Bool
    ) {
      (self.name, self.dtype, self.shape, self.offset) = (name, dtype, shape, offset)
      (self.rawBytes, self.storedBytes, self.chunkBytes) = (rawBytes, storedBytes, chunkBytes)
      (self.chunks, self.shuffle) = (chunks, shuffle)
    }
  }
}
