/// A weight bundle, opened: its manifest, checked, and its tensors on demand.
///
/// The file is taken as an attacker's. Opening checks header, manifest, the place of every section and the padding between
/// them, but reads no weights: milliseconds for any size. Reading a tensor hashes each chunk before anything decompresses it.
/// Format: Models/FORMAT.md; header in `BundleHeader`, sections in `SectionLayout`.
///
/// Version history: 1.0, sections of float32, float16, bfloat16; a signature behind the last section or none.
///
/// One reader may be used by several threads at once; each reads with its own buffers.
public struct BundleReader: Sendable {
  /// What the bundle says about itself.
  public let manifest: Manifest
  /// The manifest's JSON text as it is in the file.
  public let manifestBytes: [UInt8]
  /// The signature's text as it is in the file, unchecked (`provenance` checks it); empty when there is none.
  public let signatureBytes: [UInt8]
  /// SHA-256 of the manifest, 64 hexadecimal digits: identifies the bundle, since the manifest holds every section's hash.
  public let sha256: String
  /// Name of the file without folders, or "bundle in memory"; what messages call it.
  public let fileName: String
  /// Bytes of the whole bundle.
  public let fileSize: Int

  let source: ByteSource
  /// Where the last section ends.
  let sectionsEnd: Int
  private let sections: [String: Manifest.Section]

  /// Opens the bundle at `path`; the file stays open while the reader or a copy lives.
  public init(path: String) throws(BundleError) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    try self.init(source: .file(OpenFile(path: path)), fileName: name)
  }

  /// Reads a bundle through a descriptor that another process has opened; `path` is for messages. Takes ownership.
  public init(path: String, descriptor: Int32) throws(BundleError) {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    try self.init(source: .file(OpenFile(path: path, descriptor: descriptor)), fileName: name)
  }

  /// The open file, which stays the reader's; nil for a bundle in memory.
  public var fileDescriptor: Int32? {
    if case .file(let file) = source { file.descriptor } else { nil }
  }

  /// Opens a bundle that is already in memory.
  public init(bytes: [UInt8]) throws(BundleError) {
    try self.init(source: .memory(bytes), fileName: "bundle in memory")
  }

  private init(source: ByteSource, fileName: String) throws(BundleError) {
    let headerBytes = try source.bytes(
      at: 0, count: min(BundleHeader.byteCount, source.count), file: fileName, code: .corrupt)
    let header = try BundleHeader(decoding: headerBytes, actualSize: source.count, file: fileName)
    let text = try source.bytes(
      at: header.manifestOffset, count: header.manifestSize, file: fileName, code: .corrupt)
    let hash = Hash.sha256(of: text)
    guard hash == header.manifestHash else {
      throw BundleError(
        code: .corrupt, message: "\(fileName): the manifest was changed (SHA-256 differs); fetch it again")
    }
    let manifest = try ManifestCoding.decode(
      Manifest.self, from: text, largestSize: BundleHeader.largestManifest, bytesPerValue: BundleHeader.bytesPerValue,
      file: fileName)
    try manifest.checkFields(file: fileName)
    try SectionLayout.check(manifest.sections, header: header, file: fileName)
    try SectionLayout.checkTensors(of: manifest, file: fileName)
    var end = header.manifestEnd
    func checkPadding(upTo offset: Int, before what: @autoclosure () -> String) throws(BundleError) {
      let padding = try source.bytes(at: end, count: offset - end, file: fileName, code: .corrupt)
      guard padding.allSatisfy({ $0 == 0 }) else {
        throw BundleError(code: .corrupt, message: "\(fileName): the padding before \(what()) is not zero")
      }
    }
    for section in manifest.sections {
      try checkPadding(upTo: section.offset, before: "section \(quoted(section.name))")
      end = section.offset + section.storedBytes
    }
    if header.signatureSize > 0 { try checkPadding(upTo: header.signatureOffset, before: "the signature") }
    self.signatureBytes = try source.bytes(
      at: header.signatureOffset, count: header.signatureSize, file: fileName, code: .corrupt)
    self.sectionsEnd = end
    self.manifest = manifest
    self.manifestBytes = text
    self.sha256 = Hash.hexadecimal(hash)
    self.fileName = fileName
    self.fileSize = header.fileSize
    self.source = source
    self.sections = Dictionary(manifest.sections.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Reads a tensor as Float.
  ///
  /// Refuses a changed chunk (`corrupt`) and NaN or infinity (`invalidTensor`). The chunks are shared out to `threads`
  /// threads, the calling one among them. Needs memory for the result and 2 chunks a thread (8 MiB), and refuses with `outOfMemory` a tensor larger than the system would give at all. Memory that runs out
  /// between this question and the array still ends the process, which `readTensor` leaves to the caller.
  public func tensor(named name: String, threads: Int = 1) throws(BundleError) -> BundleTensor {
    guard let section = sections[name] else {
      throw BundleError(code: .invalidTensor, message: "\(fileName): no tensor named \(quoted(name))")
    }
    let count = section.rawBytes / section.dtype.byteCount
    // A small file can promise 255 times its size. An array that the system refuses is a trap, so it is asked before.
    _ = try Scratch(byteCount: count * MemoryLayout<Float>.stride, file: fileName)
    var failure: BundleError?
    let values = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(BundleError) {
        try read(section, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]), threads: threads)
        filled = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return BundleTensor(name: name, shape: section.shape, values: values)
  }

  /// Reads a tensor into memory of the caller, who can so decide what happens when there is none left.
  ///
  /// `values` must have as many elements as the tensor; after an error its content is unspecified.
  public func readTensor(
    named name: String, into values: UnsafeMutableBufferPointer<Float>, threads: Int = 1
  ) throws(BundleError) {
    guard let section = sections[name], values.count == section.rawBytes / section.dtype.byteCount else {
      throw BundleError(
        code: .invalidTensor, message: "\(fileName): no tensor named \(quoted(name)) with \(values.count) values")
    }
    try read(section, into: values, threads: threads)
  }
}
