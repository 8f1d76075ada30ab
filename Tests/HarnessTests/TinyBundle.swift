import Foundation

@testable import ModelBundle

/// A bundle of six very small networks with random weights, and the ways in which it can be damaged.
enum TinyBundle {
  /// A kind of damage, each for one status of islet.h.
  enum Damage: String, CaseIterable {
    /// Another kind of file.
    case format
    /// A later format version.
    case version
    /// The last bytes are missing.
    case truncated
    /// A byte of a weight is changed; shows when the weights are read.
    case weights
    /// A manifest with right checksums whose fields contradict each other.
    case manifest
    /// A manifest with right checksums whose tensors are not those of its networks.
    case tensor
    /// A weight is NaN, all checksums right.
    case notFinite
    /// None: signed with a key whose .pub file lies beside the bundle.
    case signed
    /// Signed so, and a word of the manifest exchanged afterwards, all checksums right.
    case signedThenChanged
  }

  /// Writes an intact bundle; with seed 1 it marks about a third of the C host's test volume.
  static func write(to path: String) throws {
    _ = try BundleSynthesizer.synthesize(.synthetic(topology: .tiny), dtype: .float32, seed: 1, output: path)
  }

  /// Writes a bundle with one kind of damage.
  static func write(_ damage: Damage, to path: String) throws {
    try write(to: path)
    if damage == .signed || damage == .signedThenChanged {
      let key = SecretKey()
      try BundleSigner.sign(path, with: key, output: path)
      try Data(key.publicKey.fileText.utf8).write(to: URL(fileURLWithPath: path + ".pub"))
    }
    var bytes = try fileBytes(path)
    switch damage {
    case .format: bytes[0] ^= 0xFF
    case .version: bytes[8] = UInt8(BundleHeader.major) + 1
    case .truncated: bytes.removeLast(100)
    case .weights: bytes[bytes.count - 10] ^= 1
    case .manifest: try editManifest(&bytes, replacing: "\"modality\":\"CT\"", by: "\"modality\":\"MR\"")
    case .tensor: try editManifest(&bytes, replacing: "\"fc7\":{\"channels\":8}", by: "\"fc7\":{\"channels\":9}")
    case .notFinite: try plantNaN(&bytes)
    case .signed: break
    case .signedThenChanged: try editManifest(&bytes, replacing: "benchmarks and tests", by: "medical diagnosis...")
    }
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  /// Replaces text of the manifest by as many bytes and makes the checksums right again.
  private static func editManifest(_ bytes: inout [UInt8], replacing old: String, by new: String) throws {
    let header = try BundleHeader(
      decoding: Array(bytes[..<BundleHeader.byteCount]), actualSize: bytes.count, file: "tiny bundle")
    let text = String(decoding: bytes[header.manifestOffset..<header.manifestEnd], as: UTF8.self)
    let edited = Array(text.replacingOccurrences(of: old, with: new).utf8)
    guard text.contains(old), edited.count == header.manifestSize else {
      throw Stage.Missing(description: "the tiny bundle's manifest does not hold \(old), or \(new) is not as long")
    }
    let sealed = BundleHeader(
      fileSize: bytes.count, manifestSize: edited.count, manifestHash: Hash.sha256(of: edited),
      signatureSize: header.signatureSize)
    bytes.replaceSubrange(header.manifestOffset..<header.manifestEnd, with: edited)
    bytes.replaceSubrange(0..<BundleHeader.byteCount, with: sealed.encoded())
  }

  /// Stores a NaN in the first bias as an exporter with a bug would have, compressed and hashed like the rest.
  private static func plantNaN(_ bytes: inout [UInt8]) throws {
    let reader = try BundleReader(bytes: bytes)
    guard let section = reader.manifest.sections.first(where: { $0.name.hasSuffix("conv1_1.bias") }) else {
      throw Stage.Missing(description: "the tiny bundle has no conv1_1.bias")
    }
    var plain = try reader.tensor(named: section.name).values.flatMap { value in
      withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    }
    plain.replaceSubrange(0..<4, with: [0, 0, 0xC0, 0x7F])
    let planes = (0..<4).flatMap { plane in stride(from: plane, to: plain.count, by: 4).map { plain[$0] } }
    let frame = try planes.withUnsafeBytes { try LZ4Frame.compress($0, effort: .fast) }
    guard frame.count == section.storedBytes, let chunk = section.chunks.first else {
      throw Stage.Missing(description: "the bias compresses to \(frame.count) bytes, expected \(section.storedBytes)")
    }
    bytes.replaceSubrange(section.offset..<section.offset + frame.count, with: frame)
    let hash = Hash.hexadecimal(Hash.sha256(of: frame))
    try editManifest(&bytes, replacing: chunk.sha256, by: hash)
  }
}
