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
    /// Bytes of the section in the file, without the padding after it: the sum of `storedChunks`.
    public var storedBytes: Int
    /// Raw bytes of every chunk but the last, which holds the rest.
    public var chunkBytes: Int
    /// Stored bytes of each chunk; each chunk is one LZ4 frame.
    public var storedChunks: [Int]
    /// Whether the bytes of each chunk are sorted into planes: all first bytes of its numbers, then all second ones ...
    public var shuffle: Bool
    /// SHA-256 of the stored bytes, 64 lower-case hexadecimal digits.
    public var sha256: String

    enum CodingKeys: String, CodingKey {
      case name, dtype, shape, offset, shuffle, sha256
      case rawBytes = "raw_bytes"
      case storedBytes = "stored_bytes"
      case chunkBytes = "chunk_bytes"
      case storedChunks = "stored_chunks"
    }

    /// Makes a section record.
    public init(
      name: String, dtype: ElementType, shape: [Int], offset: Int, rawBytes: Int, storedBytes: Int, chunkBytes: Int,
      storedChunks: [Int], shuffle: Bool, sha256: String
    ) {
      (self.name, self.dtype, self.shape, self.offset) = (name, dtype, shape, offset)
      (self.rawBytes, self.storedBytes, self.chunkBytes) = (rawBytes, storedBytes, chunkBytes)
      (self.storedChunks, self.shuffle, self.sha256) = (storedChunks, shuffle, sha256)
    }
  }
}
