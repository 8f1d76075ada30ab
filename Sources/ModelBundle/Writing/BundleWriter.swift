/// Writes a bundle tensor by tensor, with one chunk of memory for any size.
///
/// The manifest precedes the sections in the file but can only be written after them, when their stored sizes and hashes are
/// known: sections go to a spool file first and are copied once. The bundle appears under its name when it is complete; an
/// error or a lost writer leaves nothing behind. The same tensors and manifest give the same bytes.
public final class BundleWriter {
  /// How hard to compress; both decode at the same speed.
  public enum Compression: Sendable {
    /// Hundreds of megabytes a second.
    case fast
    /// About ten times slower, for bundles that are shipped.
    case high
  }

  private let spool: OutputFile
  private let compression: Compression
  private let chunkBytes: Int
  private let path: String
  private var sections: [Manifest.Section] = []

  /// Starts a bundle; nothing appears at `path` before `finish`.
  ///
  /// - Parameter chunkBytes: raw bytes of a chunk, a multiple of 64; what readers decode at once.
  public init(path: String, compression: Compression = .high, chunkBytes: Int = 1 << 20) throws(BundleError) {
    precondition(SectionLayout.chunkBytes.contains(chunkBytes) && chunkBytes % BundleHeader.alignment == 0)
    (self.path, self.compression, self.chunkBytes) = (path, compression, chunkBytes)
    spool = try OutputFile(path: path, isSpool: true)
  }

  /// Appends a tensor, asking `fill` for its raw bytes (little endian) from an offset on, one chunk after the other.
  ///
  /// Refuses NaN, infinity and int8. The shape must be 1 to 4 positive extents, their product far below Int.max.
  public func append(
    name: String, dtype: Manifest.Section.ElementType, shape: [Int], shuffle: Bool = true,
    fill: (_ offset: Int, _ bytes: UnsafeMutableRawBufferPointer) throws(BundleError) -> Void
  ) throws(BundleError) {
    guard dtype != .int8 else {
      throw BundleError(
        code: .unsupportedVersion,
        message: "\(path): tensor \(quoted(name)) is int8, which format \(BundleHeader.major) reserves for later; "
          + "expected float32, float16 or bfloat16")
    }
    precondition((1...4).contains(shape.count) && shape.allSatisfy { $0 > 0 })
    let rawBytes = shape.reduce(dtype.byteCount, *)
    try spool.align()
    var section = Manifest.Section(
      name: name, dtype: dtype, shape: shape, offset: spool.count, rawBytes: rawBytes, storedBytes: 0,
      chunkBytes: chunkBytes, chunks: [], shuffle: shuffle)
    let (raw, planes) = (try scratch(rawBytes), try scratch(rawBytes))
    let floats = try Scratch(byteCount: min(chunkBytes, rawBytes) / dtype.byteCount * 4, file: path)
    for index in 0...(rawBytes - 1) / chunkBytes {
      let range = section.rawRange(ofChunk: index)
      let bytes = UnsafeMutableRawBufferPointer(rebasing: raw.bytes[..<range.count])
      try fill(range.lowerBound, bytes)
      let numbers = floats.bytes.bindMemory(to: Float.self)[..<(range.count / dtype.byteCount)]
      guard
        ElementConversion.decode(
          UnsafeRawBufferPointer(bytes), as: dtype, into: UnsafeMutableBufferPointer(rebasing: numbers))
      else {
        throw BundleError(code: .invalidTensor, message: "\(path): tensor \(quoted(name)) holds NaN or infinity")
      }
      let sorted = UnsafeMutableRawBufferPointer(rebasing: planes.bytes[..<range.count])
      if shuffle { ByteShuffle.shuffle(UnsafeRawBufferPointer(bytes), into: sorted, width: dtype.byteCount) }
      let frame = try compress(UnsafeRawBufferPointer(shuffle ? sorted : bytes))
      section.chunks.append(.init(bytes: frame.count, sha256: Hash.hexadecimal(Hash.sha256(of: frame))))
      section.storedBytes += frame.count
      try spool.append(frame)
    }
    sections.append(section)
  }

  /// Completes the bundle with `manifest`, whose sections are replaced, and returns the manifest as written.
  ///
  /// Refuses a manifest that a reader would refuse. The writer cannot be used again.
  @discardableResult public func finish(_ manifest: Manifest) throws(BundleError) -> Manifest {
    var manifest = manifest
    let (text, sectionsOffset) = try place(&manifest)
    let header = BundleHeader(
      fileSize: sectionsOffset + spool.count, manifestSize: text.count, manifestHash: Hash.sha256(of: text))
    try manifest.checkFields(file: path)
    try SectionLayout.check(manifest.sections, header: header, file: path)
    try SectionLayout.checkTensors(of: manifest, file: path)
    let output = try OutputFile(path: path)
    try output.append(header.encoded())
    try output.append(text)
    try output.align()
    try output.append(contentsOf: spool)
    try output.publish()
    return manifest
  }

  /// Turns offsets in the spool into offsets in the file. The manifest's length depends on their digits, and they depend on
  /// its length: repeated until it stays, which it does because a longer manifest only pushes offsets up.
  private func place(_ manifest: inout Manifest) throws(BundleError) -> (text: [UInt8], sectionsOffset: Int) {
    var sectionsOffset = 0
    while true {
      manifest.sections = sections
      for index in manifest.sections.indices { manifest.sections[index].offset += sectionsOffset }
      let text = try ManifestCoding.encode(manifest)
      let needed = BundleHeader.aligned(BundleHeader.byteCount + text.count)
      if needed == sectionsOffset { return (text, sectionsOffset) }
      sectionsOffset = needed
    }
  }

  private func scratch(_ rawBytes: Int) throws(BundleError) -> Scratch {
    try Scratch(byteCount: min(chunkBytes, rawBytes), file: path)
  }

  private func compress(_ raw: UnsafeRawBufferPointer) throws(BundleError) -> [UInt8] {
    do throws(LZ4Frame.Flaw) {
      return try LZ4Frame.compress(raw, effort: compression == .high ? .high : .fast)
    } catch {
      throw BundleError(code: .cannotWrite, message: "\(path): \(error.reason)")
    }
  }
}
