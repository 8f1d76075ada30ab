/// A damaged image file made from a sound one and a seed.
public struct HostileImage: Sendable {
  /// Name of the sound file.
  public let base: String
  /// What was done, in a word.
  public let damage: String
  /// The damaged file.
  public let bytes: [UInt8]

  /// A sound file to start from.
  public struct Base: Sendable {
    /// File name.
    public let name: String
    /// Content; not empty.
    public let bytes: [UInt8]

    /// Takes everything as it is.
    public init(name: String, bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }
  }

  /// The case of a seed: one of the bases (at least one) with one kind of damage.
  public init(seed: UInt64, bases: [Base]) {
    var random = SeededBytes(seed: seed)
    let base = random.pick(bases)
    self.base = base.name
    let isText = base.bytes.starts(with: Array("NRRD".utf8))
    let isNIfTI = base.name.contains(".nii")
    let kinds: [Damage] =
      [.cut, .flips, .words, .start, .removal, .repetition]
      + (isText ? [.field, .field, .field] : isNIfTI ? [.number, .number, .number] : [.value, .value, .length])
    let damage = random.pick(kinds)
    self.damage = damage.rawValue
    var bytes = base.bytes
    damage.apply(to: &bytes, &random)
    self.bytes = bytes
  }
}

/// The kinds of damage.
private enum Damage: String {
  /// The end is missing.
  case cut
  /// One to eight bytes anywhere are others.
  case flips
  /// A number that breaks length arithmetic somewhere.
  case words
  /// Bytes within the first 600 are others.
  case start
  /// A piece is missing.
  case removal
  /// A piece stands twice.
  case repetition
  /// DICOM: an attribute has another value.
  case value
  /// DICOM: an attribute has another length.
  case length
  /// NIfTI: a header field has a number that should not be there.
  case number
  /// NRRD: a line says something else.
  case field

  func apply(to bytes: inout [UInt8], _ random: inout SeededBytes) {
    switch self {
    case .cut: bytes = Array(bytes.prefix(random.below(bytes.count)))
    case .flips: for _ in 0...random.below(8) { flip(&bytes, below: bytes.count, &random) }
    case .start: for _ in 0...random.below(4) { flip(&bytes, below: min(600, bytes.count), &random) }
    case .words: overwrite(&bytes, at: random.below(bytes.count), with: random.pick(Self.hostileWords))
    case .removal:
      let start = random.below(bytes.count)
      bytes.removeSubrange(start..<min(bytes.count, start + 1 + random.below(64)))
    case .repetition:
      let start = random.below(bytes.count)
      bytes.insert(contentsOf: bytes[start..<min(bytes.count, start + 1 + random.below(64))], at: start)
    case .value: replaceValue(&bytes, &random)
    case .length: replaceLength(&bytes, &random)
    case .number: replaceNumber(&bytes, &random)
    case .field: replaceLine(&bytes, &random)
    }
  }

  /// Lengths, counts and floats that code trips over.
  private static let hostileWords: [[UInt8]] = [
    [0xff, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0x80], [0, 0, 0, 0], [0, 0, 0xc0, 0x7f],
    [0, 0, 0x80, 0x7f], [0xfe, 0xff, 0, 0xe0], [0xfe, 0xff, 0x0d, 0xe0], [1, 0, 0, 0], [0, 0, 0, 0x60],
  ]

  private func flip(_ bytes: inout [UInt8], below limit: Int, _ random: inout SeededBytes) {
    guard limit > 0 else { return }
    bytes[random.below(limit)] = UInt8(truncatingIfNeeded: random.next())
  }

  private func overwrite(_ bytes: inout [UInt8], at offset: Int, with word: [UInt8]) {
    for (index, byte) in word.enumerated() where bytes.indices.contains(offset + index) { bytes[offset + index] = byte }
  }

  /// The attributes that make an image, group and element in little endian.
  private static let tags: [[UInt8]] = [
    [2, 0, 0x10, 0], [2, 0, 0, 0], [8, 0, 0x16, 0], [0x28, 0, 2, 0], [0x28, 0, 4, 0], [0x28, 0, 8, 0],
    [0x28, 0, 0x10, 0], [0x28, 0, 0x11, 0], [0x28, 0, 0x30, 0], [0x28, 0, 0, 1], [0x28, 0, 1, 1], [0x28, 0, 2, 1],
    [0x28, 0, 3, 1], [0x28, 0, 0x52, 0x10], [0x28, 0, 0x53, 0x10], [0x20, 0, 0x32, 0], [0x20, 0, 0x37, 0],
    [0x18, 0, 0x50, 0], [0x20, 0, 0x0e, 0], [0xe0, 0x7f, 0x10, 0], [0x00, 0x52, 0x29, 0x92], [0x00, 0x52, 0x30, 0x92],
  ]
  private static let values = [
    "nan", "-0", "1e999", "0x10", "\\\\\\", "99999999999999999999", "-1", "0", "1\\2", "1.2.840.10008.1.2.4.91",
    "\u{1b}[2J",
    "1e-300", "65535", "inf\\inf\\inf", "0\\0\\0\\0\\0\\0", "\0\0\0\0",
  ]

  private func place(of tag: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count > 160 else { return nil }
    return (132..<(bytes.count - 16)).first { bytes[$0] == tag[0] && Array(bytes[$0..<($0 + 4)]) == tag }
  }

  private func replaceValue(_ bytes: inout [UInt8], _ random: inout SeededBytes) {
    let value = Array(random.pick(Self.values).utf8)
    guard let place = place(of: random.pick(Self.tags), in: bytes) else {
      return flip(&bytes, below: bytes.count, &random)
    }
    overwrite(&bytes, at: place + 8, with: value)
  }

  private func replaceLength(_ bytes: inout [UInt8], _ random: inout SeededBytes) {
    guard let place = place(of: random.pick(Self.tags), in: bytes) else {
      return flip(&bytes, below: bytes.count, &random)
    }
    let word = random.pick(Self.hostileWords)
    overwrite(&bytes, at: place + random.pick([4, 6, 8]), with: random.below(2) == 0 ? word : Array(word.suffix(2)))
  }

  /// Fields of NIfTI-1 and NIfTI-2: where they start, how long they are.
  private static let fields: [(offset: Int, count: Int)] = {
    var fields: [(offset: Int, count: Int)] = [
      (0, 4), (70, 2), (72, 2), (108, 4), (112, 4), (116, 4), (123, 1), (252, 2), (254, 2), (256, 4), (268, 4),
      (280, 4),
      (300, 4), (320, 4), (344, 4), (12, 2), (14, 2), (168, 8), (176, 8), (184, 8), (348, 4), (400, 8), (440, 8),
      (480, 8),
    ]
    for index in 0..<8 {
      fields.append((40 + 2 * index, 2))
      fields.append((76 + 4 * index, 4))
      fields.append((16 + 8 * index, 8))
      fields.append((104 + 8 * index, 8))
    }
    return fields
  }()

  private func replaceNumber(_ bytes: inout [UInt8], _ random: inout SeededBytes) {
    let field = random.pick(Self.fields)
    let doubles: [Double] = [.nan, .infinity, -.infinity, -1, 0, 1e30, 1e-30, 0.5, 352.5, 4e9]
    let whole: [Int64] = [-1, .min, .max, 0, 1, 32767, -32768, 65535, 1 << 40, 256]
    var word: UInt64
    if random.below(2) == 0 {
      word = UInt64(bitPattern: random.pick(whole))
    } else {
      let value = random.pick(doubles)
      word = field.count == 8 ? value.bitPattern : UInt64(Float(value).bitPattern)
    }
    if random.below(2) == 0 { word = word.byteSwapped >> UInt64(64 - 8 * field.count) }
    var little: [UInt8] = []
    for byte in 0..<field.count { little.append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(byte)))) }
    overwrite(&bytes, at: field.offset, with: little)
  }

  private static let lines = [
    "data file: /etc/passwd", "data file: ../image.raw", "datafile: LIST", "sizes: -1 40 3", "sizes: 0 0 0",
    "sizes: 9223372036854775807 9223372036854775807 2", "sizes: 65536 65536 65536", "sizes: 48 40",
    "sizes: 1024 1024 1024",
    "dimension: 4", "dimension: -3", "type: double", "type: block", "type: uint64", "type: signed char",
    "encoding: hex",
    "encoding: gzip", "encoding: raw", "endian: big", "endian: middle", "space: scanner-xyz",
    "space directions: (nan,0,0) (0,3,0) (0,0,3)", "space directions: (1e400,0,0) (0,3,0) (0,0,3)",
    "space directions: none none none", "space directions: (0,0,0) (0,0,0) (0,0,0)", "space origin: (inf,0,0)",
    "byte skip: -1", "byte skip: 9223372036854775807", "line skip: -5", "kinds: vector domain domain", "NRRD0001", ":",
    ":=",
    "space units: \"m\" \"m\" \"m\"", "",
  ]

  private func replaceLine(_ bytes: inout [UInt8], _ random: inout SeededBytes) {
    let breaks = bytes.prefix(700).indices.filter { bytes[$0] == 0x0A }
    guard breaks.count > 2 else { return flip(&bytes, below: bytes.count, &random) }
    let line = Array(random.pick(Self.lines).utf8)
    // Instead of the line with the same name, if there is one: alone it would only be refused as standing twice.
    let name = line.prefix { $0 != UInt8(ascii: ":") }
    for index in 0..<(breaks.count - 1) where bytes[(breaks[index] + 1)...].starts(with: name) && !name.isEmpty {
      bytes.replaceSubrange((breaks[index] + 1)..<breaks[index + 1], with: line)
      return
    }
    bytes.insert(contentsOf: line + [0x0A], at: breaks[random.below(2)] + 1)
  }
}
