import Crypto
import Foundation
import ModelBundle

/// Takes a bundle apart by the words of Models/FORMAT.md and puts a changed one together, hashes and checksums made to fit.
///
/// It shares no code with the reader, so that both would have to be wrong in the same way.
struct Forge {
  /// The intact bundle.
  let bytes: [UInt8]
  let manifestText: [UInt8]
  let manifest: Manifest
  /// From the first section to the end of the file.
  let body: [UInt8]
  let signature: [UInt8]

  /// Where the first section starts.
  var bodyOffset: Int { bytes.count - body.count }

  init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    manifestText = Array(bytes[128..<128 + Self.integer(bytes, 32)])
    manifest = try JSONDecoder().decode(Manifest.self, from: Data(manifestText))
    body = Array(bytes[Self.integer(bytes, 88)...])
    signature = Array(bytes.suffix(Self.integer(bytes, 80)))
  }

  /// A bundle of these parts with a right header; sections stay where they are as long as `text` keeps its length.
  func sealed(text: [UInt8]? = nil, sections: [UInt8]? = nil, signature: [UInt8]? = nil) -> [UInt8] {
    let text = text ?? manifestText
    let signature = signature ?? self.signature
    let start = (128 + text.count + 63) / 64 * 64
    var rest = sections ?? Array(body.dropLast(self.signature.count))
    if !signature.isEmpty {
      rest += [UInt8](repeating: 0, count: (rest.count + 63) / 64 * 64 - rest.count)
    } else if sections == nil, let last = manifest.sections.last {
      rest = Array(body[..<(last.offset + last.storedBytes - bodyOffset)])
    }
    let size = start + rest.count + signature.count
    var header = Array("ISLET\r\n".utf8) + [0x1A, 1, 0, 0, 0] + Self.bytes(128, 4) + Self.bytes(size, 8)
    header += Self.bytes(128, 8) + Self.bytes(text.count, 8) + Self.sha256(text)
    header += Self.bytes(signature.isEmpty ? 0 : start + rest.count, 8) + Self.bytes(signature.count, 8)
    header += Self.bytes(start, 8) + [UInt8](repeating: 0, count: 24)
    header += Self.sha256(header).prefix(8)
    return header + text + [UInt8](repeating: 0, count: start - 128 - text.count) + rest + signature
  }

  /// A changed manifest as text of the old length, as far as the filler of the description allows.
  func fitted(_ text: [UInt8]) -> [UInt8] {
    let excess = text.count - manifestText.count
    let filler = Array(GoodBundles.filler.utf8)
    guard let start = Self.firstIndex(of: filler, in: text) else { return text }
    var fitted = text
    if excess > 0 {
      fitted.removeSubrange(start..<start + min(excess, filler.count - 1))
    } else {
      fitted.insert(contentsOf: [UInt8](repeating: filler[0], count: -excess), at: start)
    }
    return fitted
  }

  /// The text of a changed manifest, as the writer would write it.
  func text(of manifest: Manifest) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return fitted([UInt8](try encoder.encode(manifest)))
  }

  /// The frame of a chunk, as a range of `body`.
  func frame(section: Int, chunk: Int) -> Range<Int> {
    let record = manifest.sections[section]
    let start = record.offset + record.chunks[..<chunk].reduce(0) { $0 + $1.bytes } - bodyOffset
    return start..<start + record.chunks[chunk].bytes
  }

  /// The bundle with the bytes of one chunk exchanged for as many others, their hash in the manifest.
  func exchanging(section: Int, chunk: Int, _ edit: (inout [UInt8]) -> Void) -> [UInt8] {
    let range = frame(section: section, chunk: chunk)
    var frame = Array(body[range])
    edit(&frame)
    var sections = Array(body.dropLast(signature.count))
    sections.replaceSubrange(
      range, with: frame.prefix(range.count) + [UInt8](repeating: 0, count: max(0, range.count - frame.count)))
    var text = manifestText
    let old = Array(manifest.sections[section].chunks[chunk].sha256.utf8)
    if let place = Self.firstIndex(of: old, in: text) {
      text.replaceSubrange(place..<place + 64, with: Self.hexadecimal(Self.sha256(Array(sections[range]))).utf8)
    }
    return sealed(text: text, sections: sections)
  }

  /// An unsigned bundle whose last section is this frame.
  func exchangingLast(_ frame: [UInt8]) throws -> [UInt8] {
    var manifest = self.manifest
    let last = manifest.sections.count - 1
    manifest.sections[last].chunks = [.init(bytes: frame.count, sha256: Self.hexadecimal(Self.sha256(frame)))]
    manifest.sections[last].storedBytes = frame.count
    let kept = Array(body[..<(manifest.sections[last].offset - bodyOffset)])
    return sealed(text: try text(of: manifest), sections: kept + frame, signature: [])
  }

  static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

  static func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }

  static func bytes(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func integer(_ bytes: [UInt8], _ offset: Int) -> Int {
    (0..<8).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }

  static func firstIndex(of needle: [UInt8], in bytes: [UInt8]) -> Int? {
    Data(bytes).range(of: Data(needle))?.lowerBound
  }
}
