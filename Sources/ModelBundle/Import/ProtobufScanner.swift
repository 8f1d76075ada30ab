/// Walks over the fields of a protobuf message in a file, without a schema and without holding the file.
///
/// A window of 64 KiB moves over the file; fields that nobody looks into are stepped over unread. The bytes are taken as
/// an attacker's: every length is held against what is left of the message around it. Wire format: a tag (field number
/// times 8 plus wire type) as a varint, then a varint (0), 8 bytes (1), a length and as many bytes (2), or 4 bytes (5);
/// groups (3 and 4) are refused.
struct ProtobufScanner {
  /// One field, its payload not yet read.
  struct Field {
    /// Field number of the schema.
    let number: Int
    let payload: Payload
  }

  /// What follows a tag.
  enum Payload {
    /// An integer.
    case varint(UInt64)
    /// Where 8 bytes lie in the file.
    case fixed64(Range<Int>)
    /// Where a string, a message or packed numbers lie in the file.
    case bytes(Range<Int>)
    /// Where 4 bytes lie in the file.
    case fixed32(Range<Int>)
  }

  /// Why the bytes are no protobuf message, and where.
  struct Flaw: Error, Equatable {
    let reason: String
  }

  private static let windowBytes = 1 << 16
  private let source: ByteSource
  private var position = 0
  private var window: [UInt8] = []
  private var windowStart = 0

  init(_ source: ByteSource) { self.source = source }

  /// Calls `body` for each field of the message that lies at `range`, in order; `body` may scan messages inside it.
  mutating func forEachField(
    in range: Range<Int>, _ body: (inout ProtobufScanner, Field) throws(Flaw) -> Void
  ) throws(Flaw) {
    position = range.lowerBound
    while position < range.upperBound {
      let field = try nextField(before: range.upperBound)
      let next = position
      try body(&self, field)
      position = next
    }
  }

  /// The integers of a packed field, or of any run of varints, at most `limit` of them.
  mutating func varints(in range: Range<Int>, limit: Int) throws(Flaw) -> [UInt64] {
    position = range.lowerBound
    var values: [UInt64] = []
    while position < range.upperBound {
      guard values.count < limit else { throw Flaw(reason: "more than \(limit) numbers at byte \(range.lowerBound)") }
      values.append(try varint(before: range.upperBound))
    }
    return values
  }

  /// A short text; refuses invalid UTF-8 and more than `limit` bytes.
  mutating func text(in range: Range<Int>, limit: Int) throws(Flaw) -> String {
    guard range.count <= limit else {
      throw Flaw(reason: "a name of \(range.count) bytes at byte \(range.lowerBound), at most \(limit) are possible")
    }
    position = range.lowerBound
    var bytes: [UInt8] = []
    while position < range.upperBound { bytes.append(try nextByte()) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Flaw(reason: "a name that is not UTF-8 at byte \(range.lowerBound)")
    }
    return text
  }

  private mutating func nextField(before end: Int) throws(Flaw) -> Field {
    let start = position
    let tag = try varint(before: end)
    guard (8..<1 << 32).contains(tag) else { throw Flaw(reason: "an impossible field number at byte \(start)") }
    let payload: Payload
    switch tag & 7 {
    case 0: payload = .varint(try varint(before: end))
    case 1: payload = .fixed64(try take(8, before: end, field: start))
    case 2:
      let length = try varint(before: end)
      guard let count = Int(exactly: length) else { throw Flaw(reason: "a length of \(length) at byte \(start)") }
      payload = .bytes(try take(count, before: end, field: start))
    case 5: payload = .fixed32(try take(4, before: end, field: start))
    default: throw Flaw(reason: "wire type \(tag & 7) at byte \(start)")
    }
    return Field(number: Int(tag >> 3), payload: payload)
  }

  private mutating func take(_ count: Int, before end: Int, field start: Int) throws(Flaw) -> Range<Int> {
    guard count <= end - position else {
      throw Flaw(reason: "the field at byte \(start) needs \(count) bytes where \(end - position) are left")
    }
    let range = position..<position + count
    position = range.upperBound
    return range
  }

  private mutating func varint(before end: Int) throws(Flaw) -> UInt64 {
    let start = position
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { throw Flaw(reason: "a number at byte \(start) is cut off") }
      let byte = try nextByte()
      guard shift < 63 || byte <= 1 else { break }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw Flaw(reason: "a number at byte \(start) has more than 64 bits")
  }

  /// The byte at `position`, which must be before the end of the source.
  private mutating func nextByte() throws(Flaw) -> UInt8 {
    let index = position - windowStart
    if !window.indices.contains(index) {
      try moveWindow()
      position += 1
      return window[0]
    }
    position += 1
    return window[index]
  }

  private mutating func moveWindow() throws(Flaw) {
    let count = min(Self.windowBytes, source.count - position)
    guard count > 0 else { throw Flaw(reason: "the file ends at byte \(source.count)") }
    var failure: ReadFlaw?
    window = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      failure = source.read(
        at: position, into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<count]))
      filled = failure == nil ? count : 0
    }
    windowStart = position
    if let failure { throw Flaw(reason: "byte \(position) cannot be read: \(failure)") }
  }
}
