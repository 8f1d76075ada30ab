/// Bytes of protobuf messages, good and bad, written field by field.
enum Wire {
  static func varint(_ value: UInt64) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(rest & 0x7F) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func tag(_ number: UInt64, _ type: UInt64) -> [UInt8] { varint(number << 3 | type) }

  static func integer(_ number: UInt64, _ value: UInt64) -> [UInt8] { tag(number, 0) + varint(value) }

  static func message(_ number: UInt64, _ payload: [UInt8]) -> [UInt8] {
    tag(number, 2) + varint(UInt64(payload.count)) + payload
  }

  static func text(_ number: UInt64, _ text: String) -> [UInt8] { message(number, Array(text.utf8)) }

  static func little(_ value: Float) -> [UInt8] { withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }

  static func packed(_ values: [Float]) -> [UInt8] { message(5, values.flatMap(little)) }

  static func loose(_ values: [Float]) -> [UInt8] { values.flatMap { tag(5, 5) + little($0) } }

  static func shape(_ extents: [UInt64]) -> [UInt8] { message(7, message(1, extents.flatMap(varint))) }

  /// A layer of the present format.
  static func layer(_ name: String, _ blobs: [[UInt8]]) -> [UInt8] {
    message(100, text(1, name) + blobs.flatMap { message(7, $0) })
  }
}
