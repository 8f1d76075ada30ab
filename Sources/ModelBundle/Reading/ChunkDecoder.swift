/// Reads, authenticates, decompresses and converts single chunks of one section, with memory of its own.
///
/// One a thread. Memory: the largest stored chunk and one raw one, 8 MiB for what writers make.
struct ChunkDecoder {
  private let reader: BundleReader
  private let section: Manifest.Section
  /// Byte in the file where each chunk starts.
  private let offsets: [Int]
  private let checksum: LZ4Frame.ContentChecksum
  private let stored: Scratch
  private let raw: Scratch

  init(
    _ reader: BundleReader, _ section: Manifest.Section, offsets: [Int], checksum: LZ4Frame.ContentChecksum
  ) throws(BundleError) {
    (self.reader, self.section, self.offsets, self.checksum) = (reader, section, offsets, checksum)
    stored = try Scratch(byteCount: section.chunks.map(\.bytes).max() ?? 0, file: reader.fileName)
    raw = try Scratch(byteCount: min(section.chunkBytes, section.rawBytes), file: reader.fileName)
  }

  /// Where the chunks of a checked section start.
  static func offsets(of section: Manifest.Section) -> [Int] {
    var end = section.offset
    return section.chunks.map { chunk in
      defer { end += chunk.bytes }
      return end
    }
  }

  /// Decodes chunk `index` to `values`, which has as many elements as the chunk has numbers.
  ///
  /// The hash is checked before anything else looks at the bytes.
  func decode(_ index: Int, into values: UnsafeMutableBufferPointer<Float>) throws(BundleError) {
    let chunk = section.chunks[index]
    let frame = UnsafeMutableRawBufferPointer(rebasing: stored.bytes[..<chunk.bytes])
    if let flaw = reader.source.read(at: offsets[index], into: frame) {
      throw refusal(flaw.code(or: .corrupt), index, "cannot be read: \(flaw)")
    }
    guard Hash.hexadecimal(Hash.sha256(of: UnsafeRawBufferPointer(frame))) == chunk.sha256 else {
      throw refusal(.corrupt, index, "the bytes were changed (SHA-256 differs); fetch the bundle again")
    }
    let plain = UnsafeMutableRawBufferPointer(rebasing: raw.bytes[..<section.rawRange(ofChunk: index).count])
    do throws(LZ4Frame.Flaw) {
      try LZ4Frame.decompress(UnsafeRawBufferPointer(frame), into: plain, checksum: checksum)
    } catch {
      throw refusal(error.isOfMemory ? .outOfMemory : .corrupt, index, error.reason)
    }
    let bytes = UnsafeRawBufferPointer(plain)
    let isFinite =
      section.shuffle
      ? ElementConversion.decode(planes: bytes, as: section.dtype, into: values)
      : ElementConversion.decode(bytes, as: section.dtype, into: values)
    guard isFinite else {
      throw refusal(.invalidTensor, index, "a weight is NaN or infinite; the weights were exported wrongly")
    }
  }

  private func refusal(_ code: BundleError.Code, _ chunk: Int, _ reason: String) -> BundleError {
    BundleError(code: code, message: "\(reader.fileName): section \(quoted(section.name)), chunk \(chunk): \(reason)")
  }
}
