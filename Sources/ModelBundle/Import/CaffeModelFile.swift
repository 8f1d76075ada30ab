/// A Caffe network with its weights (`.caffemodel`), as the authors of C2F and RSTN released theirs.
///
/// Layers of the present format and of the one before it (V1) are read, blobs with a shape or with the four legacy extents,
/// numbers packed or one by one. Blob 0 of a layer becomes `<layer>.weight`, blob 1 `<layer>.bias`, others `<layer>.blob2` and so on;
/// layers without blobs are passed over. Opening walks over the file once and keeps where the numbers lie, not the numbers.
///
/// | message | fields |
/// |---|---|
/// | network | layers of V1 = 2, layers = 100 |
/// | layer | name = 1, blobs = 7 |
/// | layer of V1 | name = 4, blobs = 6; a layer of V0 inside = 1, refused |
/// | blob | num, channels, height, width = 1...4; numbers (float) = 5; shape = 7; numbers (double) = 8, refused |
/// | shape | extents = 1 |
public struct CaffeModelFile: WeightFile {
  /// Type and shape of the tensors, by name.
  public let tensors: [String: WeightFileTensor]
  /// Name of the file without folders.
  public let fileName: String
  private let source: ByteSource
  let numbers: [String: CaffeBlobNumbers]

  /// More than any network has; a file with more of them is none.
  static let mostLayers = 4096
  static let mostBlobsOfALayer = 16

  /// Opens and checks a file; reads names and lengths, no weights.
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
    var layers = CaffeLayers()
    do throws(ProtobufScanner.Flaw) {
      var start = [UInt8](repeating: 0, count: min(4, source.count))
      _ = start.withUnsafeMutableBytes { source.read(at: 0, into: $0) }
      guard start != [0x89, 0x48, 0x44, 0x46] else {
        throw ProtobufScanner.Flaw(reason: "it is an HDF5 file; save the network again as a binary protobuf")
      }
      var scanner = ProtobufScanner(source)
      try layers.scan(&scanner, end: source.count)
      guard !layers.tensors.isEmpty else { throw ProtobufScanner.Flaw(reason: "no layer of it has weights") }
    } catch {
      throw BundleError(
        code: .invalidWeights, message: "\(fileName): no valid .caffemodel file: \(error.reason)")
    }
    (self.source, self.fileName) = (source, fileName)
    (tensors, numbers) = (layers.tensors, layers.numbers)
  }

  /// SHA-256 of the whole file, 64 hexadecimal digits.
  public func sha256() throws(BundleError) -> String { try source.sha256(file: fileName) }

  /// Fills `buffer` with the bytes of a tensor from byte `offset` of the tensor on.
  public func read(
    _ name: String, from offset: Int, into buffer: UnsafeMutableRawBufferPointer
  ) throws(BundleError) {
    let flaw = numbers[name].map { $0.read(source, from: offset, into: buffer) } ?? "there is no \(quoted(name))"
    if let flaw { throw BundleError(code: .invalidWeights, message: "\(fileName): cannot be read: \(flaw)") }
  }
}

/// What a walk over a network finds: the tensors of all layers with blobs.
private struct CaffeLayers {
  var tensors: [String: WeightFileTensor] = [:]
  var numbers: [String: CaffeBlobNumbers] = [:]
  private var names: Set<String> = []
  private var layerCount = 0
  private var pieces = 0

  private typealias Flaw = ProtobufScanner.Flaw

  mutating func scan(_ scanner: inout ProtobufScanner, end: Int) throws(ProtobufScanner.Flaw) {
    try scanner.forEachField(in: 0..<end) { scanner, field throws(ProtobufScanner.Flaw) in
      guard case .bytes(let range) = field.payload, field.number == 2 || field.number == 100 else { return }
      layerCount += 1
      guard layerCount <= CaffeModelFile.mostLayers else {
        throw Flaw(reason: "more than \(CaffeModelFile.mostLayers) layers")
      }
      try scanLayer(&scanner, range, isV1: field.number == 2)
    }
  }

  private mutating func scanLayer(
    _ scanner: inout ProtobufScanner, _ range: Range<Int>, isV1: Bool
  ) throws(ProtobufScanner.Flaw) {
    let (nameField, blobField) = isV1 ? (4, 6) : (1, 7)
    var name = ""
    var blobs: [CaffeBlob] = []
    try scanner.forEachField(in: range) { scanner, field throws(ProtobufScanner.Flaw) in
      guard case .bytes(let payload) = field.payload else { return }
      if field.number == nameField {
        name = try scanner.text(in: payload, limit: 200)
      } else if field.number == blobField {
        guard blobs.count < CaffeModelFile.mostBlobsOfALayer else {
          throw Flaw(
            reason: "a layer with more than \(CaffeModelFile.mostBlobsOfALayer) blobs at byte \(range.lowerBound)")
        }
        var blob = CaffeBlob(piecesBefore: pieces)
        try blob.scan(&scanner, payload)
        pieces += blob.numbers.runs.count
        blobs.append(blob)
      } else if isV1, field.number == 1 {
        throw Flaw(reason: "layers of the format V0; convert the file with Caffe's upgrade_net_proto_binary")
      }
    }
    guard !blobs.isEmpty else { return }
    guard !name.isEmpty, names.insert(name).inserted else {
      throw Flaw(reason: "two layers with weights are named \(quoted(name))")
    }
    for (index, blob) in blobs.enumerated() where blob.numbers.count > 0 {
      let part = ["weight", "bias"].indices.contains(index) ? ["weight", "bias"][index] : "blob\(index)"
      do throws(ProtobufScanner.Flaw) {
        tensors["\(name).\(part)"] = WeightFileTensor(dtype: .float32, shape: try blob.shape(isBias: index == 1))
      } catch {
        throw Flaw(reason: "\(quoted(name)), \(part): \(error.reason)")
      }
      numbers["\(name).\(part)"] = blob.numbers
    }
  }
}
