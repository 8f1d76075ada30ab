import Glibc

/// A tensor, decoded.
public struct BundleTensor: Hashable, Sendable {
  /// `<network>/<layer>.weight` or `.bias`.
  public let name: String
  /// Weights: [out channels, in channels, kernel rows, kernel columns]; biases: [out channels].
  public let shape: [Int]
  /// The numbers, last axis fastest, contiguous; all finite.
  public let values: [Float]
}

extension BundleReader {
  /// Reads and checks every tensor, keeping none.
  ///
  /// `checkpoint` is called before each tensor with the part of the work that is done, 0...1; what it throws ends the work.
  /// Afterwards every byte of the bundle has been checked.
  public func verify(checkpoint: (Double) throws -> Void = { _ in }) throws {
    for section in manifest.sections {
      try checkpoint(Double(section.offset) / Double(fileSize))
      let largest = min(section.chunkBytes, section.rawBytes)
      let scratch = try Scratch(byteCount: largest / section.dtype.byteCount * 4, file: fileName)
      let floats = scratch.bytes.bindMemory(to: Float.self)
      try decodeChunks(of: section) { numbers in
        UnsafeMutableBufferPointer(rebasing: floats[..<numbers.count])
      }
    }
    try checkpoint(1)
  }

  /// Decodes a section to Float; `values` has as many elements as the tensor.
  func read(_ section: Manifest.Section, into values: UnsafeMutableBufferPointer<Float>) throws(BundleError) {
    try decodeChunks(of: section) { numbers in UnsafeMutableBufferPointer(rebasing: values[numbers]) }
  }

  /// Reads, authenticates, decompresses and converts a section chunk by chunk.
  ///
  /// `destination` says where the numbers of a range of the tensor go: as many elements as the range.
  private func decodeChunks(
    of section: Manifest.Section, destination: (Range<Int>) -> UnsafeMutableBufferPointer<Float>
  ) throws(BundleError) {
    let width = section.dtype.byteCount
    let largestRaw = min(section.chunkBytes, section.rawBytes)
    let stored = try Scratch(byteCount: section.chunks.map(\.bytes).max() ?? 0, file: fileName)
    let raw = try Scratch(byteCount: largestRaw, file: fileName)
    let numbers = try Scratch(byteCount: section.shuffle ? largestRaw : 0, file: fileName)
    var offset = section.offset
    for (index, chunk) in section.chunks.enumerated() {
      let frame = UnsafeMutableRawBufferPointer(rebasing: stored.bytes[..<chunk.bytes])
      if let flaw = source.read(at: offset, into: frame) { throw refusal(.corrupt, section, index, flaw) }
      offset += chunk.bytes
      guard Hash.hexadecimal(Hash.sha256(of: UnsafeRawBufferPointer(frame))) == chunk.sha256 else {
        throw refusal(.corrupt, section, index, "the bytes were changed (SHA-256 differs); fetch the bundle again")
      }
      let range = section.rawRange(ofChunk: index)
      var plain = UnsafeMutableRawBufferPointer(rebasing: raw.bytes[..<range.count])
      do throws(LZ4Frame.Flaw) {
        try LZ4Frame.decompress(UnsafeRawBufferPointer(frame), into: plain)
      } catch {
        throw refusal(.corrupt, section, index, error.reason)
      }
      if section.shuffle {
        let sorted = UnsafeMutableRawBufferPointer(rebasing: numbers.bytes[..<range.count])
        ByteShuffle.unshuffle(UnsafeRawBufferPointer(plain), into: sorted, width: width)
        plain = sorted
      }
      let target = destination(range.lowerBound / width..<range.upperBound / width)
      guard ElementConversion.decode(UnsafeRawBufferPointer(plain), as: section.dtype, into: target) else {
        throw refusal(.invalidTensor, section, index, "a weight is NaN or infinite; the weights were exported wrongly")
      }
    }
  }

  private func refusal(
    _ code: BundleError.Code, _ section: Manifest.Section, _ chunk: Int, _ reason: String
  ) -> BundleError {
    BundleError(code: code, message: "\(fileName): section \(quoted(section.name)), chunk \(chunk): \(reason)")
  }
}

/// Memory for one chunk, returned to the system at the end of its owner; a refusal is an error and no trap.
final class Scratch {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int, file: String) throws(BundleError) {
    guard let start = malloc(max(byteCount, 1)) else {
      throw BundleError(code: .outOfMemory, message: "\(file): no memory for \(byteCount) bytes of weights")
    }
    bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
  }

  deinit { free(bytes.baseAddress) }
}
