/// A safetensors file: 8 bytes with the header's length, a JSON header, the tensors' bytes; everything little endian.
///
/// Opening checks the header against the file: lengths, names, types, shapes, and that the tensors fill the rest of the file
/// without hole or overlap. Tensors are read piece by piece.
public struct SafetensorsFile: WeightFile {
  /// One tensor of the file.
  public struct Entry: Hashable, Sendable {
    /// How its numbers are stored.
    public let dtype: Manifest.Section.ElementType
    /// Its extents, last axis fastest.
    public let shape: [Int]
    /// Where its bytes lie in the file.
    public let bytes: Range<Int>
  }

  /// The tensors by name, with their places in the file.
  public let entries: [String: Entry]
  /// Name of the file without folders.
  public let fileName: String
  private let source: ByteSource

  private static let largestHeader = 16 << 20

  /// Opens and checks a file.
  public init(path: String) throws(BundleError) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let file: OpenFile
    do throws(BundleError) {
      file = try OpenFile(path: path)
    } catch {
      throw BundleError(code: .invalidWeights, message: error.message)
    }
    try self.init(source: .file(file), fileName: name)
  }

  init(source: ByteSource, fileName: String) throws(BundleError) {
    func refuse(_ reason: String) -> BundleError {
      BundleError(code: .invalidWeights, message: "\(fileName): no valid safetensors file: \(reason)")
    }
    guard source.count >= 10 else { throw refuse("only \(source.count) bytes") }
    let length = try source.bytes(at: 0, count: 8, file: fileName, code: .invalidWeights)
      .reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length >= 2, length <= Self.largestHeader, length <= source.count - 8 else {
      throw refuse("a header of \(length) bytes in a file of \(source.count)")
    }
    let start = 8 + Int(length)
    let text = try source.bytes(at: 8, count: Int(length), file: fileName, code: .invalidWeights)
    let header = try ManifestCoding.decode(
      Header.self, from: text, largestSize: Self.largestHeader, file: fileName, code: .invalidWeights)
    var entries: [String: Entry] = [:]
    for (name, tensor) in header.tensors {
      guard let dtype = Self.types[tensor.dtype] else {
        throw refuse("\(quoted(name)) has type \(quoted(tensor.dtype))")
      }
      guard let size = Self.byteCount(of: tensor.shape, dtype), tensor.offsets.count == 2,
        0 <= tensor.offsets[0], tensor.offsets[0] <= tensor.offsets[1], tensor.offsets[1] <= source.count - start,
        tensor.offsets[1] - tensor.offsets[0] == size
      else { throw refuse("shape \(tensor.shape) and offsets \(tensor.offsets) of \(quoted(name)) do not fit") }
      entries[name] = Entry(
        dtype: dtype, shape: tensor.shape, bytes: start + tensor.offsets[0]..<start + tensor.offsets[1])
    }
    var end = start
    for entry in entries.values.sorted(by: {
      ($0.bytes.lowerBound, $0.bytes.count) < ($1.bytes.lowerBound, $1.bytes.count)
    }) {
      guard entry.bytes.lowerBound == end else { throw refuse("a hole or an overlap at byte \(end)") }
      end = entry.bytes.upperBound
    }
    guard end == source.count else { throw refuse("\(source.count - end) bytes behind the last tensor") }
    (self.entries, self.fileName, self.source) = (entries, fileName, source)
  }

  /// Type and shape of the tensors, by name.
  public var tensors: [String: WeightFileTensor] {
    entries.mapValues { WeightFileTensor(dtype: $0.dtype, shape: $0.shape) }
  }

  /// All numbers of `entry` as Float, or nil when one is NaN or infinite; for small tensors.
  public func values(of entry: Entry) throws(BundleError) -> [Float]? {
    let bytes = try source.bytes(
      at: entry.bytes.lowerBound, count: entry.bytes.count, file: fileName, code: .invalidWeights)
    var isFinite = false
    let values = [Float](unsafeUninitializedCapacity: bytes.count / entry.dtype.byteCount) { buffer, count in
      count = bytes.count / entry.dtype.byteCount
      let numbers = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      isFinite = bytes.withUnsafeBytes { ElementConversion.decode($0, as: entry.dtype, into: numbers) }
    }
    return isFinite ? values : nil
  }

  /// Fills `buffer` with the bytes of a tensor from byte `offset` of the tensor on.
  public func read(
    _ name: String, from offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(BundleError) {
    let flaw: String? =
      if let entry = entries[name], offset >= 0, buffer.count <= entry.bytes.count - offset {
        source.read(at: entry.bytes.lowerBound + offset, into: buffer)?.description
      } else {
        "\(buffer.count) bytes from byte \(offset) of \(quoted(name)) are not in it"
      }
    if let flaw { throw BundleError(code: .invalidWeights, message: "\(fileName): cannot be read: \(flaw)") }
  }

  /// SHA-256 of the whole file, 64 hexadecimal digits.
  public func sha256() throws(BundleError) -> String { try source.sha256(file: fileName) }

  private static let types: [String: Manifest.Section.ElementType] = [
    "F32": .float32, "F16": .float16, "BF16": .bfloat16,
  ]

  private static func byteCount(of shape: [Int], _ dtype: Manifest.Section.ElementType) -> Int? {
    var bytes = dtype.byteCount
    for extent in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow else { return nil }
      bytes = product
    }
    return bytes
  }

  /// The JSON header: tensors by name, and free text under `__metadata__`.
  private struct Header: Decodable {
    struct Tensor: Decodable {
      let dtype: String
      let shape: [Int]
      let offsets: [Int]
      enum CodingKeys: String, CodingKey {
        case dtype, shape
        case offsets = "data_offsets"
      }
    }

    struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    let tensors: [String: Tensor]

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      var tensors: [String: Tensor] = [:]
      for name in container.allKeys where name.stringValue != "__metadata__" {
        tensors[name.stringValue] = try container.decode(Tensor.self, forKey: name)
      }
      self.tensors = tensors
    }
  }
}
