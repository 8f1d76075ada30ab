import Foundation
import Testing

@testable import ModelBundle

/// The worked example of Models/FORMAT.md against what the writer writes.
struct FormatExampleTests {
  private static let format =
    #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/Models/FORMAT.md"

  /// One stage, one channel a layer: the smallest bundle there is, 60 sections of one to nine numbers, all 0.5.
  private static func bytes() throws -> [UInt8] {
    let topology = Manifest.Topology(
      family: .samePadding, pad: nil, inputChannels: 1, outputChannels: 1, blockChannels: [1, 1, 1, 1, 1],
      convolutions: [1, 1, 1, 1, 1], pools: [false, false, false, false, false], fc6: .init(channels: 1, kernel: 1),
      fc7: .init(channels: 1))
    var manifest = Manifest.synthetic(topology: topology)
    (manifest.name, manifest.version, manifest.stages) = ("example", "1.0.0", [.coarse])
    manifest.networks.removeAll { $0.stage == .fine }
    manifest.profile.rounds = 0
    let folder = TinyBundle.Folder()
    let path = "\(folder.path)/example.islet"
    let writer = try BundleWriter(path: path)
    for network in manifest.networks {
      for tensor in topology.tensors {
        try writer.append(name: "\(network.tensors)/\(tensor.name)", dtype: .float32, shape: tensor.shape) { _, bytes in
          for index in 0..<bytes.count / 4 {
            bytes.storeBytes(of: Float(0.5).bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
          }
        }
      }
    }
    try writer.finish(manifest)
    // A key that everybody knows: the seed is 32 zeros.
    try BundleSigner.sign(
      path, with: SecretKey(number: Array("example!".utf8), seed: [UInt8](repeating: 0, count: 32)), output: path)
    return try TinyBundle.contents(of: path)
  }

  /// Every line of a dump in the text, `offset  bytes  remark`, holds what the bundle holds there.
  @Test func everyByteOfTheExampleIsWhatTheWriterWrites() throws {
    let bytes = try Self.bytes()
    let reader = try BundleReader(bytes: bytes)
    try reader.verify()
    var covered: Set<Int> = []
    for line in String(decoding: try TinyBundle.contents(of: Self.format), as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: "  ", omittingEmptySubsequences: true)
      guard parts.count >= 2, parts[0].count == 6, let offset = Int(parts[0], radix: 16) else { continue }
      let written = parts[1].split(separator: " ").map { UInt8($0, radix: 16) }
      #expect(offset + written.count <= bytes.count, "\(line)")
      guard offset + written.count <= bytes.count else { continue }
      let found = Array(bytes[offset..<offset + written.count])
      #expect(written == found, "expected \(Self.line(offset, found))")
      covered.formUnion(offset..<offset + written.count)
    }
    let first = reader.manifest.sections[0]
    let last = try #require(reader.manifest.sections.last)
    let parts: [(String, Range<Int>)] = [
      ("header", 0..<128), ("start of the manifest", 128..<160),
      (
        "end of the manifest, padding and first section",
        128 + reader.manifestBytes.count - 16..<first.offset + first.storedBytes
      ),
      (
        "last section, padding and start of the signature",
        last.offset..<bytes.count - reader.signatureBytes.count + 32
      ),
    ]
    for (name, range) in parts {
      let missing = range.filter { !covered.contains($0) }
      let dump = stride(from: range.lowerBound, to: range.upperBound, by: 16).map { start in
        Self.line(start, Array(bytes[start..<min(start + 16, range.upperBound)]))
      }
      #expect(missing.isEmpty, "\(name) is not shown in FORMAT.md:\n\(dump.joined(separator: "\n"))")
    }
  }

  private static func line(_ offset: Int, _ bytes: [UInt8]) -> String {
    String(format: "%06x  ", offset) + bytes.map { String(format: "%02x", $0) }.joined(separator: " ")
  }
}
