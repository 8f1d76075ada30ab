/// Bundles with random weights, for benchmarks and tests.
public enum BundleSynthesizer {
  /// Writes a bundle whose six networks have random weights of He's scale: uniform with variance 2 / fan-in, biases within 0.01.
  ///
  /// The same seed gives the same bytes. Needs no more memory than three chunks.
  @discardableResult public static func synthesize(
    _ manifest: Manifest, dtype: Manifest.Section.ElementType, seed: UInt64, output: String,
    compression: BundleWriter.Compression = .fast, checkpoint: (Double) throws -> Void = { _ in }
  ) throws -> Manifest {
    guard dtype != .int8 else {
      throw BundleError(code: .unsupportedVersion, message: "\(output): int8 cannot be written by this version")
    }
    try manifest.checkFields(file: output)
    let writer = try BundleWriter(path: output, compression: compression)
    var tensorSeed = seed
    for (index, network) in manifest.networks.enumerated() {
      try checkpoint(Double(index) / Double(manifest.networks.count))
      for tensor in network.topology.tensors {
        tensorSeed &+= 0x9E37_79B9_7F4A_7C15
        let scale = tensor.shape.count == 1 ? 0.01 : (6 / Float(tensor.fanIn)).squareRoot()
        try writer.append(name: "\(network.tensors)/\(tensor.name)", dtype: dtype, shape: tensor.shape) {
          offset, bytes throws(BundleError) in
          fill(bytes, dtype: dtype, first: offset / dtype.byteCount, seed: tensorSeed, scale: scale)
        }
      }
    }
    var named = manifest
    named.sources = []
    return try writer.finish(named)
  }

  private static func fill(
    _ bytes: UnsafeMutableRawBufferPointer, dtype: Manifest.Section.ElementType, first: Int, seed: UInt64, scale: Float
  ) {
    let seed32 = UInt32(truncatingIfNeeded: seed ^ seed >> 32)
    let start = UInt32(truncatingIfNeeded: first)
    let count = bytes.count / dtype.byteCount
    switch dtype {
    case .float32:
      let numbers = bytes.bindMemory(to: UInt32.self)
      for index in 0..<count {
        numbers[index] = uniform(start &+ UInt32(truncatingIfNeeded: index), seed32, scale).bitPattern.littleEndian
      }
    case .float16:
      let numbers = bytes.bindMemory(to: UInt16.self)
      for index in 0..<count {
        let value = uniform(start &+ UInt32(truncatingIfNeeded: index), seed32, scale)
        numbers[index] = ElementConversion.binary16(from: value).littleEndian
      }
    case .bfloat16:
      let numbers = bytes.bindMemory(to: UInt16.self)
      for index in 0..<count {
        let value = uniform(start &+ UInt32(truncatingIfNeeded: index), seed32, scale)
        numbers[index] = ElementConversion.bfloat16(from: value).littleEndian
      }
    case .int8: break
    }
  }

  /// Number `counter` of a stream, uniform in -scale ..< scale: a bijective mix of the counter, so any piece can be computed alone.
  @inline(__always) private static func uniform(_ counter: UInt32, _ seed: UInt32, _ scale: Float) -> Float {
    var bits = counter ^ seed
    bits = (bits ^ bits >> 16) &* 0x85EB_CA6B
    bits = (bits ^ bits >> 13) &* 0xC2B2_AE35
    bits ^= bits >> 16
    // 23 random bits below a leading 1: uniform in 1 ..< 2.
    return (Float(bitPattern: bits >> 9 | 0x3F80_0000) - 1.5) * (2 * scale)
  }
}
