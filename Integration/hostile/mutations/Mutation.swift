import CLZ4
import Foundation
import ModelBundle

/// One hostile bundle, made from a seed.
public struct Mutation: Sendable {
  /// What was done to a good bundle.
  public enum Kind: String, CaseIterable, Sendable {
    case header, headerLengths = "header-lengths", truncation, surplus, randomBytes = "random-bytes", splice
    case offsets, overlaps, duplicates, holes, lz4Bytes = "lz4-bytes", lz4Frame = "lz4-frame"
    case jsonDepth = "json-depth", jsonSize = "json-size", jsonValues = "json-values", jsonBytes = "json-bytes"
    case dtype, shapes, notFinite = "not-finite", promises, signature, resigned
  }

  /// The seed that makes it again.
  public let seed: UInt64
  /// What was done.
  public let kind: Kind
  /// The file.
  public let bytes: [UInt8]
  /// Whether no reader may accept it, by construction.
  public let mustBeRefused: Bool
  /// The good bundle it was made from.
  let good: Forge

  init(seed: UInt64, of bundles: GoodBundles) throws {
    var random = SplitMix(seed: seed)
    let kind = random.pick(Kind.allCases)
    let good = random.pick(bundles.all)
    var maker = MutationMaker(good: good, random: random)
    let (bytes, mustBeRefused) = try maker.make(kind)
    (self.seed, self.kind, self.bytes, self.good) = (seed, kind, bytes, good)
    self.mustBeRefused = mustBeRefused && bytes != good.bytes
  }
}

/// Makes the bytes of one mutant.
struct MutationMaker {
  let good: Forge
  var random: SplitMix

  /// Numbers that loaders fell over.
  private static let numbers = [
    0, 1, -1, 2, 63, 64, 65, 127, 128, 129, 255, 256, 4096, 65535, 65536, 1 << 24, (1 << 31) - 1, 1 << 31,
    (1 << 32) - 1,
    1 << 32, 1 << 40, 1 << 62, Int.max - 63, Int.max - 1, Int.max, Int.min,
  ]

  mutating func make(_ kind: Mutation.Kind) throws -> (bytes: [UInt8], mustBeRefused: Bool) {
    switch kind {
    case .header: (header(offset: random.below(120)), false)
    case .headerLengths: (header(offset: random.pick([16, 24, 32, 72, 80, 88])), true)
    case .truncation: (truncation(), true)
    case .surplus: (good.bytes + (0...random.below(200)).map { _ in UInt8(random.below(256)) }, true)
    case .randomBytes: (randomBytes(), true)
    case .splice: (splice(), true)
    case .offsets: (try edited { $0.sections[$1].offset = $2 }, true)
    case .overlaps: (try overlap(), true)
    case .duplicates: (try duplicate(), true)
    case .holes: (try edited { manifest, index, _ in manifest.sections[index].offset += 64 }, true)
    case .lz4Bytes: (lz4Bytes(), false)
    case .lz4Frame: (try good.exchangingLast(lz4Frame()), true)
    case .jsonDepth: (jsonDepth(), true)
    case .jsonSize: (jsonSize(), true)
    case .jsonValues: (jsonValues(), false)
    case .jsonBytes: (jsonBytes(), false)
    case .dtype: (try dtype(), false)
    case .shapes: (try shapes(), false)
    case .notFinite: (try notFinite(), true)
    case .promises: (try promises(), true)
    case .signature: (signatureText(), true)
    case .resigned: (try resigned(), true)
    }
  }

  // MARK: header

  private mutating func header(offset: Int) -> [UInt8] {
    var bytes = good.bytes
    let value = random.below(3) == 0 ? Int(bitPattern: UInt(random.next())) : random.pick(Self.numbers)
    let count = min(random.pick([1, 2, 4, 8]), 120 - offset)
    let near = random.below(2) == 0
    let written =
      near
      ? Forge.bytes(Forge.integer(bytes, min(offset, 112)) &+ random.pick([-64, -1, 1, 64]), 8)
      : Forge.bytes(value, 8)
    bytes.replaceSubrange(
      offset..<offset + (near ? min(8, 120 - offset) : count), with: written.prefix(near ? min(8, 120 - offset) : count)
    )
    bytes.replaceSubrange(120..<128, with: Forge.sha256(Array(bytes[..<120])).prefix(8))
    return bytes
  }

  // MARK: whole file

  /// Cut somewhere; sometimes with a header that says so.
  private mutating func truncation() -> [UInt8] {
    var bytes = Array(good.bytes[..<random.below(good.bytes.count)])
    if bytes.count > 128, random.below(2) == 0 {
      bytes.replaceSubrange(16..<24, with: Forge.bytes(bytes.count, 8))
      if random.below(2) == 0 { bytes.replaceSubrange(72..<88, with: [UInt8](repeating: 0, count: 16)) }
      bytes.replaceSubrange(120..<128, with: Forge.sha256(Array(bytes[..<120])).prefix(8))
    }
    return bytes
  }

  private mutating func randomBytes() -> [UInt8] {
    var bytes = good.bytes
    // The untrusted comment of the signature is nobody's promise.
    let end = bytes.count - good.signature.count
    for _ in 0...random.below(8) { bytes[random.below(end)] ^= UInt8(1 + random.below(255)) }
    return bytes
  }

  private mutating func splice() -> [UInt8] {
    var bytes = good.bytes
    let count = 1 + random.below(300)
    let end = bytes.count - good.signature.count - count
    let (source, target) = (random.below(end), random.below(end))
    bytes.replaceSubrange(target..<target + count, with: bytes[source..<source + count])
    return bytes
  }

  // MARK: sections

  private mutating func edited(_ edit: (inout Manifest, Int, Int) -> Void) throws -> [UInt8] {
    var manifest = good.manifest
    let index = random.below(manifest.sections.count)
    let number =
      random.below(2) == 0 ? random.pick(Self.numbers) : manifest.sections[index].offset + random.below(400) - 200
    edit(&manifest, index, number)
    return good.sealed(text: try good.text(of: manifest))
  }

  private mutating func overlap() throws -> [UInt8] {
    var manifest = good.manifest
    let (a, b) = (random.below(manifest.sections.count), random.below(manifest.sections.count))
    manifest.sections[a].offset = manifest.sections[b].offset
    if random.below(2) == 0 { manifest.sections.swapAt(a, b) }
    return good.sealed(text: try good.text(of: manifest))
  }

  private mutating func duplicate() throws -> [UInt8] {
    var manifest = good.manifest
    let (a, b) = (random.below(manifest.sections.count), random.below(manifest.sections.count))
    switch random.below(4) {
    case 0: manifest.sections[a].name = manifest.sections[b].name
    case 1: manifest.sections.append(manifest.sections[a])
    case 2: manifest.networks.append(random.pick(manifest.networks))
    default:
      // A key twice in one object.
      let text = String(decoding: good.manifestText, as: UTF8.self)
      let keys = ["\"name\":", "\"offset\":", "\"sha256\":", "\"shape\":", "\"pad\":", "\"version\":"].filter(
        text.contains)
      let key = random.pick(keys)
      return good.sealed(text: good.fitted(Array(text.replacing(key, with: key + "1," + key, maxReplacements: 1).utf8)))
    }
    return good.sealed(text: try good.text(of: manifest))
  }

  private mutating func dtype() throws -> [UInt8] {
    var manifest = good.manifest
    let index = random.below(manifest.sections.count)
    manifest.sections[index].dtype = random.pick([.float32, .float16, .bfloat16, .int8])
    if random.below(2) == 0 {
      manifest.sections[index].rawBytes =
        manifest.sections[index].shape.reduce(1, *) * manifest.sections[index].dtype.byteCount
    }
    return good.sealed(text: try good.text(of: manifest))
  }

  private mutating func shapes() throws -> [UInt8] {
    var manifest = good.manifest
    let index = random.below(manifest.sections.count)
    var shape = manifest.sections[index].shape
    switch random.below(4) {
    case 0: shape.append(random.pick(Self.numbers))
    case 1: shape[random.below(shape.count)] = random.pick(Self.numbers)
    case 2: shape.reverse()
    default: shape = (0..<random.below(6)).map { _ in random.pick(Self.numbers) }
    }
    manifest.sections[index].shape = shape
    if random.below(2) == 0 { manifest.sections[index].rawBytes = random.pick(Self.numbers) }
    return good.sealed(text: try good.text(of: manifest))
  }

  /// A small file that promises much: topology, shape, raw size and chunks agree, bytes do not.
  private mutating func promises() throws -> [UInt8] {
    var manifest = good.manifest
    let network = random.below(manifest.networks.count)
    let channels = random.pick([16, 64, 512, 4096, 8192])
    manifest.networks[network].topology.fc7.channels = channels
    manifest.networks[network].topology.fc6.channels = channels
    let prefix = manifest.networks[network].tensors + "/"
    for tensor in manifest.networks[network].topology.tensors {
      guard let index = manifest.sections.firstIndex(where: { $0.name == prefix + tensor.name }) else { continue }
      var section = manifest.sections[index]
      section.shape = tensor.shape
      section.rawBytes = tensor.shape.reduce(1, *) * section.dtype.byteCount
      if random.below(2) == 0 { section.chunkBytes = 16 << 20 }
      manifest.sections[index] = section
    }
    return good.sealed(text: try good.text(of: manifest))
  }

  // MARK: LZ4

  private mutating func lz4Bytes() -> [UInt8] {
    let section = random.below(good.manifest.sections.count)
    let chunk = random.below(good.manifest.sections[section].chunks.count)
    var random = random
    return good.exchanging(section: section, chunk: chunk) { frame in
      for _ in 0...random.below(4) { frame[random.below(frame.count)] = UInt8(random.below(256)) }
    }
  }

  /// A frame for the last section that LZ4 itself may find good, and the format does not.
  private mutating func lz4Frame() -> [UInt8] {
    let record = good.manifest.sections[good.manifest.sections.count - 1]
    let raw = [UInt8](repeating: 0, count: record.rawBytes)
    func frame(_ raw: [UInt8], _ edit: (inout LZ4F_preferences_t) -> Void = { _ in }) -> [UInt8] {
      var preferences = LZ4F_preferences_t()
      preferences.frameInfo.blockMode = LZ4F_blockIndependent
      preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
      preferences.frameInfo.contentSize = UInt64(raw.count)
      edit(&preferences)
      var result = [UInt8](repeating: 0, count: LZ4F_compressFrameBound(raw.count, &preferences))
      let count = LZ4F_compressFrame(&result, result.count, raw, raw.count, &preferences)
      return Array(result[..<count])
    }
    let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]
    switch random.below(10) {
    case 0: return frame(raw + [0])
    case 1: return frame([UInt8](repeating: 0, count: 1 << 20))
    case 2: return frame(raw) { $0.frameInfo.contentChecksumFlag = LZ4F_noContentChecksum }
    case 3: return frame(raw) { $0.frameInfo.contentSize = 0 }
    case 4: return frame(raw) { $0.frameInfo.dictID = 7 }
    case 5: return skippable + frame(raw)
    case 6: return frame(raw) + frame(raw)
    case 7: return frame(raw) + skippable
    case 8: return Array(frame(raw).dropLast(1 + random.below(4)))
    default:
      // The frame's word for its size, with a checksum of the header that does not fit.
      var lying = frame(raw)
      let claimed = random.pick(Self.numbers)
      lying.replaceSubrange(6..<14, with: Forge.bytes(claimed == raw.count ? claimed + 1 : claimed, 8))
      return lying
    }
  }

  private mutating func notFinite() throws -> [UInt8] {
    let last = good.manifest.sections[good.manifest.sections.count - 1]
    let width = last.dtype.byteCount
    let count = last.rawBytes / width
    // Planes: the last one holds sign and the high bits of the exponent, the one before the rest of it.
    let bits = random.pick([0x7F80_0000, 0xFF80_0000, 0x7FC0_0000, 0x7F80_0001, 0xFFFF_FFFF])
    let half = random.pick([0x7C00, 0xFC00, 0x7E00, 0x7C01, 0xFFFF])
    let number = Forge.bytes(
      last.dtype == .float32 ? bits : last.dtype == .float16 ? half : random.pick([0x7F80, 0xFF80, 0x7FC0, 0x7F81]),
      width)
    var raw = [UInt8](repeating: 0, count: last.rawBytes)
    let place = random.below(count)
    for byte in 0..<width { raw[last.shuffle ? byte * count + place : place * width + byte] = number[byte] }
    var preferences = LZ4F_preferences_t()
    preferences.frameInfo.blockMode = LZ4F_blockIndependent
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
    preferences.frameInfo.contentSize = UInt64(raw.count)
    var frame = [UInt8](repeating: 0, count: LZ4F_compressFrameBound(raw.count, &preferences))
    let size = LZ4F_compressFrame(&frame, frame.count, raw, raw.count, &preferences)
    return try good.exchangingLast(Array(frame[..<size]))
  }

  // MARK: JSON

  private mutating func jsonDepth() -> [UInt8] {
    let depth = random.pick([32, 33, 40, 1000, 100_000])
    let (open, close) = random.pick([("[", "]"), ("{\"a\":", "}")])
    let nested =
      String(repeating: open, count: depth) + (open == "[" ? "" : "1") + String(repeating: close, count: depth)
    let text = Array("{\"0\":\(nested),".utf8) + good.manifestText.dropFirst()
    return good.sealed(text: good.fitted(text))
  }

  private mutating func jsonSize() -> [UInt8] {
    let size = random.pick([1 << 16, 1 << 20, 3 << 20, 4 << 20, 8 << 20])
    let kind = random.below(4)
    if kind == 3 {
      // As many values as are allowed for the size.
      let values = String(repeating: "1234567890,", count: size / 11)
      return good.sealed(text: Array("{\"0\":[\(values)0],".utf8) + good.manifestText.dropFirst())
    }
    let filling =
      kind == 0
      ? String(repeating: " ", count: size)
      : kind == 1
        ? "\"0\":\"" + String(repeating: "x", count: size) + "\","
        : "\"0\":[" + String(repeating: "0,", count: size / 2) + "0],"
    return good.sealed(text: Array("{".utf8) + Array(filling.utf8) + good.manifestText.dropFirst())
  }

  /// A number or a word of the manifest exchanged for another value.
  private mutating func jsonValues() -> [UInt8] {
    var text = good.manifestText
    for _ in 0...random.below(3) {
      let colons = text.indices.filter { text[$0] == UInt8(ascii: ":") && $0 + 1 < text.count }
      let start = random.pick(colons) + 1
      let isPlain = text[start...].prefix { !",}]".utf8.contains($0) }
      let value = random.pick([
        "0", "-1", "1e308", "1e400", "-0.0", "9223372036854775807", "9223372036854775808", "18446744073709551616",
        "1.5",
        "true", "null", "[]", "{}", "\"x\"", "\"\"", "0x10", "01", "NaN", "[[]]", "\"\\u0000\"", "\"\\ud800\"",
        "1e-400",
      ])
      text.replaceSubrange(start..<start + isPlain.count, with: value.utf8)
    }
    return good.sealed(text: good.fitted(text))
  }

  private mutating func jsonBytes() -> [UInt8] {
    var text = good.manifestText
    for _ in 0...random.below(6) {
      let place = random.below(text.count)
      switch random.below(3) {
      case 0: text[place] ^= UInt8(1 << random.below(8))
      case 1: text.remove(at: place)
      default: text.insert(UInt8(random.below(256)), at: place)
      }
    }
    return good.sealed(text: good.fitted(text))
  }

  // MARK: signature

  /// The text of the signature changed; the file around it is right.
  private mutating func signatureText() -> [UInt8] {
    var text = good.signature
    let comment = text.prefix { $0 != 0x0A }.count
    switch random.below(5) {
    case 0: text[comment + random.below(text.count - comment)] ^= UInt8(1 + random.below(255))
    // The last line break alone may be missing.
    case 1: text.removeLast(2 + random.below(text.count - 2))
    case 2: text += text
    case 3: text = (0...random.below(4095)).map { _ in UInt8(random.below(256)) }
    default: text = Array(text.reversed())
    }
    return good.sealed(signature: text)
  }

  /// Another manifest under the old signature: name, version, a hash, the intended use.
  private mutating func resigned() throws -> [UInt8] {
    var manifest = good.manifest
    switch random.below(4) {
    case 0: manifest.version = "9.9.9"
    case 1: manifest.name = "pancreas"
    case 2: manifest.intendedUse = "Diagnosis."
    default: manifest.profile.rounds = 1 + random.below(9)
    }
    return good.sealed(text: try good.text(of: manifest))
  }
}
