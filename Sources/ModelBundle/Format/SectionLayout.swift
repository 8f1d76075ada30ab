/// Where sections may lie and what they may hold: the checks that need no byte of a tensor.
enum SectionLayout {
  /// Chunk sizes that a reader accepts: multiples of 64 bytes; the writer uses 4 MiB.
  static let chunkBytes = 64...(16 << 20)

  /// Bytes that a chunk's frame may take: incompressible blocks are stored as they are, 4 bytes of header each.
  static func largestFrame(forRaw bytes: Int) -> Int { bytes + bytes / 256 + 64 }

  /// LZ4 expands one byte to at most 255; a section that promises more is a small file with a huge allocation.
  static let largestExpansion = 255

  /// Refuses sections that overlap, leave holes, do not end the file (or reach up to its signature), or whose sizes
  /// contradict each other.
  static func check(_ sections: [Manifest.Section], header: BundleHeader, file: String) throws(BundleError) {
    var end = header.manifestEnd
    for section in sections {
      try check(section, file: file)
      let start = BundleHeader.aligned(end)
      guard section.offset == start else {
        throw BundleError(
          code: .corrupt,
          message: "\(file): section \(quoted(section.name)) starts at byte \(section.offset), expected \(start)")
      }
      guard section.storedBytes <= header.fileSize - min(start, header.fileSize) else {
        throw BundleError(
          code: .corrupt,
          message: "\(file): section \(quoted(section.name)) ends behind the end of the file, byte \(header.fileSize)")
      }
      end = start + section.storedBytes
    }
    let isLast = header.signatureSize == 0
    guard (isLast ? end : BundleHeader.aligned(end)) == (isLast ? header.fileSize : header.signatureOffset) else {
      throw BundleError(
        code: .corrupt,
        message: "\(file): the last section ends at byte \(end), "
          + (isLast ? "the file at \(header.fileSize)" : "the signature starts at \(header.signatureOffset)"))
    }
  }

  private static func check(_ section: Manifest.Section, file: String) throws(BundleError) {
    func refuse(_ reason: String) -> BundleError {
      BundleError(code: .invalidManifest, message: "\(file): section \(quoted(section.name)): \(reason)")
    }
    guard section.dtype != .int8 else {
      throw BundleError(
        code: .unsupportedVersion,
        message: "\(file): section \(quoted(section.name)) holds int8, which this version cannot read; update Islet")
    }
    guard (1...4).contains(section.shape.count), section.shape.allSatisfy({ $0 > 0 }) else {
      throw refuse("shape must be 1 to 4 positive numbers")
    }
    var bytes = section.dtype.byteCount
    for extent in section.shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw refuse("the shape's product overflows") }
      bytes = product
    }
    guard bytes == section.rawBytes else {
      throw refuse("raw_bytes is \(section.rawBytes), shape and dtype need \(bytes)")
    }
    guard chunkBytes.contains(section.chunkBytes), section.chunkBytes % BundleHeader.alignment == 0 else {
      throw refuse("chunk_bytes is \(section.chunkBytes), expected a multiple of 64 in \(chunkBytes)")
    }
    let count = (bytes - 1) / section.chunkBytes + 1
    guard section.chunks.count == count else { throw refuse("\(section.chunks.count) chunks, expected \(count)") }
    var stored = 0
    for (index, chunk) in section.chunks.enumerated() {
      let raw = section.rawRange(ofChunk: index).count
      guard chunk.bytes > 0, chunk.bytes <= largestFrame(forRaw: raw), raw / largestExpansion <= chunk.bytes else {
        throw refuse("chunk \(index) cannot hold \(raw) bytes in \(chunk.bytes)")
      }
      guard Hash.isHexadecimal(chunk.sha256) else {
        throw refuse("chunk \(index): sha256 must be 64 lower-case hexadecimal digits")
      }
      stored += chunk.bytes
    }
    guard stored == section.storedBytes else {
      throw refuse("stored_bytes is \(section.storedBytes), the chunks add up to \(stored)")
    }
  }

  /// Refuses sections that are not exactly the tensors of the manifest's networks.
  static func checkTensors(of manifest: Manifest, file: String) throws(BundleError) {
    var shapes: [String: [Int]] = [:]
    for section in manifest.sections where shapes.updateValue(section.shape, forKey: section.name) != nil {
      throw BundleError(code: .invalidTensor, message: "\(file): two sections are named \(quoted(section.name))")
    }
    for network in manifest.networks {
      for tensor in network.topology.tensors {
        let name = "\(network.tensors)/\(tensor.name)"
        guard let shape = shapes.removeValue(forKey: name) else {
          throw BundleError(code: .invalidTensor, message: "\(file): the tensor \(quoted(name)) is missing")
        }
        guard shape == tensor.shape else {
          throw BundleError(
            code: .invalidTensor,
            message: "\(file): the tensor \(quoted(name)) has shape \(shape), its network needs \(tensor.shape)")
        }
      }
    }
    if let surplus = shapes.keys.min() {
      throw BundleError(code: .invalidTensor, message: "\(file): no network uses the tensor \(quoted(surplus))")
    }
  }
}

extension Manifest.Section {
  /// The bytes of the tensor that chunk `index` holds; only for a checked section.
  func rawRange(ofChunk index: Int) -> Range<Int> {
    let start = index * chunkBytes
    return start..<min(start + chunkBytes, rawBytes)
  }
}
