/// One tensor of a weight file, read as numbers of another type; of the same type its bytes stay as they are.
struct WeightConversion {
  /// The type that `read` gives.
  let target: Manifest.Section.ElementType
  private let file: any WeightFile
  private let name: String
  private let source: Manifest.Section.ElementType

  init(
    _ file: any WeightFile, tensor name: String, from source: Manifest.Section.ElementType,
    to target: Manifest.Section.ElementType
  ) {
    (self.file, self.name, self.source, self.target) = (file, name, source, target)
  }

  /// Fills `bytes` with numbers of the target type from byte `offset` of the converted tensor on.
  ///
  /// Refuses a number that is infinite, or becomes so by rounding, and NaN.
  func read(from offset: Int, into bytes: UnsafeMutableRawBufferPointer) throws(BundleError) {
    guard source != target else { return try file.read(name, from: offset, into: bytes) }
    let count = bytes.count / target.byteCount
    let raw = try Scratch(byteCount: count * source.byteCount, file: file.fileName)
    let floats = try Scratch(byteCount: count * MemoryLayout<Float>.stride, file: file.fileName)
    try file.read(name, from: offset / target.byteCount * source.byteCount, into: raw.bytes)
    let values = floats.bytes.bindMemory(to: Float.self)
    guard ElementConversion.decode(UnsafeRawBufferPointer(raw.bytes), as: source, into: values) else {
      throw BundleError(code: .invalidTensor, message: "\(file.fileName): \(quoted(name)) holds NaN or infinity")
    }
    guard ElementConversion.encode(UnsafeBufferPointer(values), as: target, into: bytes) else {
      throw BundleError(
        code: .invalidTensor,
        message: "\(file.fileName): a number of \(quoted(name)) is too large for \(target.rawValue);"
          + " pack it as float32 or bfloat16")
    }
  }
}
