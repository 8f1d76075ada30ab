/// A file of named tensors that a bundle can be packed from.
///
/// Opening one checks its structure against the file's size; the numbers are read piece by piece, so that a file of any
/// size needs little memory.
public protocol WeightFile: Sendable {
  /// Type and shape of the tensors, by name: `<layer>.weight` and `<layer>.bias`.
  var tensors: [String: WeightFileTensor] { get }
  /// Name of the file without folders; what messages call it.
  var fileName: String { get }

  /// SHA-256 of the whole file, 64 hexadecimal digits. Cost: one pass over the file.
  func sha256() throws(BundleError) -> String

  /// Fills `buffer` with the bytes of a tensor (little endian, last axis fastest) from byte `offset` of the tensor on.
  ///
  /// Offset and size must be whole numbers of the tensor and lie inside it.
  func read(_ name: String, from offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(BundleError)
}

/// How one tensor lies in a weight file.
public struct WeightFileTensor: Hashable, Sendable {
  /// How its numbers are stored.
  public let dtype: Manifest.Section.ElementType
  /// Its extents, last axis fastest.
  public let shape: [Int]

  /// Numbers in the tensor.
  public var count: Int { shape.reduce(1, *) }
}

/// Opens a weight file by the ending of its name: `.safetensors` or `.caffemodel`.
///
/// Pickled files of PyTorch are refused with the command that turns them into safetensors: reading one can run its
/// author's code, so nothing here does.
public func openWeightFile(path: String) throws(BundleError) -> any WeightFile {
  func hasEnding(_ endings: String...) -> Bool { endings.contains { path.hasSuffix($0) } }
  if hasEnding(".safetensors") { return try SafetensorsFile(path: path) }
  if hasEnding(".caffemodel") { return try CaffeModelFile(path: path) }
  if hasEnding(".pkl", ".pth", ".pt", ".bin") {
    throw BundleError(
      code: .invalidWeights,
      message: "\(path): pickled weights are not read here; convert them with Models/import/pytorch_to_safetensors.py")
  }
  throw BundleError(
    code: .invalidWeights, message: "\(path): unknown kind of weight file; expected .safetensors or .caffemodel")
}

extension WeightFile {
  /// All numbers of a tensor as Float, or nil when one is NaN or infinite; for small tensors.
  func values(of name: String) throws(BundleError) -> [Float]? {
    guard let tensor = tensors[name] else { return nil }
    let raw = try Scratch(byteCount: tensor.count * tensor.dtype.byteCount, file: fileName)
    try read(name, from: 0, into: raw.bytes)
    var isFinite = false
    let values = [Float](unsafeUninitializedCapacity: tensor.count) { buffer, count in
      count = tensor.count
      let numbers = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      isFinite = ElementConversion.decode(UnsafeRawBufferPointer(raw.bytes), as: tensor.dtype, into: numbers)
    }
    return isFinite ? values : nil
  }
}
