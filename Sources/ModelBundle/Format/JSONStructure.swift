/// A check of JSON text from outside before it reaches a decoder: what decoders leave open is refused here.
///
/// Refused: text longer than the limit, invalid UTF-8, control characters (so that no decoder takes the text for UTF-16 or
/// UTF-32), anything but one object, nesting deeper than 32, an object with the same key twice, and keys with escapes (so
/// that two spellings of one key cannot differ), and, where asked for, more values than such a text has: each costs a
/// decoder more memory than the text. Numbers and literals are left to the decoder. Cost: one pass, no copy of the text.
struct JSONStructure {
  static let deepestNesting = 32

  private let text: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var valuesLeft: Int

  /// Returns what is wrong with `bytes`, or nil.
  ///
  /// `bytesPerValue`: on average that many bytes at least for each value beyond the first 1,024; nil sets no limit.
  static func flaw(in bytes: [UInt8], largestSize: Int, bytesPerValue: Int? = nil) -> String? {
    guard bytes.count <= largestSize else { return "\(bytes.count) bytes, more than \(largestSize)" }
    guard (try? UTF8Span(validating: bytes.span)) != nil else { return "not valid UTF-8" }
    return bytes.withUnsafeBufferPointer { text in
      let mostValues = bytesPerValue.map { 1024 + text.count / $0 } ?? text.count
      var scanner = JSONStructure(text: text, mostValues: mostValues)
      do throws(Flaw) {
        try scanner.scanDocument()
        return nil
      } catch {
        return "\(error.reason) at byte \(scanner.position)"
      }
    }
  }

  private struct Flaw: Error { let reason: String }

  private init(text: UnsafeBufferPointer<UInt8>, mostValues: Int) { (self.text, valuesLeft) = (text, mostValues) }

  /// The byte at `position`; 0, which JSON never holds, behind the end.
  private var next: UInt8 { position < text.count ? text[position] : 0 }

  private mutating func scanDocument() throws(Flaw) {
    try skipSpace()
    guard next == UInt8(ascii: "{") else { throw Flaw(reason: "no object") }
    try scanValue(depth: 1)
    try skipSpace()
    guard position == text.count else { throw Flaw(reason: "more text after the object") }
  }

  private mutating func scanValue(depth: Int) throws(Flaw) {
    guard depth <= Self.deepestNesting else { throw Flaw(reason: "nested deeper than \(Self.deepestNesting)") }
    guard valuesLeft > 0 else { throw Flaw(reason: "more values than such a text has") }
    valuesLeft -= 1
    switch next {
    case UInt8(ascii: "{"): try scanObject(depth: depth)
    case UInt8(ascii: "["): try scanArray(depth: depth)
    case UInt8(ascii: "\""): _ = try scanString()
    default: try scanWord()
    }
  }

  private mutating func scanObject(depth: Int) throws(Flaw) {
    var keys: Set<String> = []
    try scanElements(until: UInt8(ascii: "}")) { scanner throws(Flaw) in
      guard scanner.next == UInt8(ascii: "\"") else { throw Flaw(reason: "no key") }
      let key = try scanner.scanString()
      guard !key.utf8.contains(UInt8(ascii: "\\")) else { throw Flaw(reason: "a key with an escape") }
      guard keys.insert(key).inserted else { throw Flaw(reason: "the key \(quoted(key)) twice in one object") }
      try scanner.skipSpace()
      guard scanner.next == UInt8(ascii: ":") else { throw Flaw(reason: "no colon after a key") }
      scanner.position += 1
      try scanner.skipSpace()
      try scanner.scanValue(depth: depth + 1)
    }
  }

  private mutating func scanArray(depth: Int) throws(Flaw) {
    try scanElements(until: UInt8(ascii: "]")) { scanner throws(Flaw) in try scanner.scanValue(depth: depth + 1) }
  }

  /// Scans an opening bracket, elements with commas between them, and the closing bracket.
  private mutating func scanElements(
    until end: UInt8, element: (inout JSONStructure) throws(Flaw) -> Void
  ) throws(Flaw) {
    position += 1
    try skipSpace()
    if next == end {
      position += 1
      return
    }
    while true {
      try element(&self)
      try skipSpace()
      let separator = next
      guard separator == end || separator == UInt8(ascii: ",") else { throw Flaw(reason: "no comma or bracket") }
      position += 1
      if separator == end { return }
      try skipSpace()
    }
  }

  /// Returns the string between the quotes, escapes as they are.
  private mutating func scanString() throws(Flaw) -> String {
    position += 1
    let start = position
    while next != UInt8(ascii: "\"") {
      guard next >= 0x20 else { throw Flaw(reason: "a string without end, or with a control character") }
      position += next == UInt8(ascii: "\\") ? 2 : 1
    }
    defer { position += 1 }
    return String(decoding: text[start..<position], as: UTF8.self)
  }

  /// A number, true, false or null: the decoder looks closer.
  private mutating func scanWord() throws(Flaw) {
    let start = position
    while true {
      switch next {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "E"),
        UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
        position += 1
      default:
        guard position > start else { throw Flaw(reason: "no value") }
        return
      }
    }
  }

  private mutating func skipSpace() throws(Flaw) {
    while position < text.count {
      switch text[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      case 0..<0x20: throw Flaw(reason: "a control character")
      default: return
      }
    }
  }
}

/// Text from outside as it may stand in a message: in quotes, without control characters, at most 80 characters.
func quoted(_ text: String) -> String {
  let short = text.unicodeScalars.prefix(80).map {
    $0.value < 0x20 || $0.value == 0x7F ? "\\u{\($0.value)}" : String($0)
  }
  return "\"" + short.joined() + (text.unicodeScalars.count > 80 ? "..." : "") + "\""
}
