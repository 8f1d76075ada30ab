/// A DICOM data set to be written: attributes with their values, encoded by rising tag in little endian.
///
/// Nothing here reads DICOM: values are our own, or bytes that the reader took from the source files.
struct DicomDataSet {
  /// How headers of elements are written (PS3.5, 7.1).
  enum Encoding {
    /// With the value representation; values of most attributes end at 64 KiB.
    case explicitHeaders
    /// Without; every value may be 4 GiB.
    case implicitHeaders

    /// The transfer syntax.
    var uid: String { self == .explicitHeaders ? "1.2.840.10008.1.2.1" : "1.2.840.10008.1.2" }
  }

  private enum Value {
    case bytes([UInt8])
    case items([DicomDataSet])
  }

  private var elements: [DicomAttribute: Value] = [:]

  /// A data set that `fill` puts the attributes into.
  static func with(_ fill: (inout DicomDataSet) -> Void) -> DicomDataSet {
    var dataSet = DicomDataSet()
    fill(&dataSet)
    return dataSet
  }

  /// Sets bytes as they are; a missing one at the end is added when writing.
  mutating func set(_ attribute: DicomAttribute, bytes: [UInt8]) { elements[attribute] = .bytes(bytes) }

  /// Sets a text of ours; what is not printable ASCII becomes "?", because the source decides on the character set.
  mutating func set(_ attribute: DicomAttribute, _ text: String) {
    set(attribute, bytes: DicomText.bytes(of: text, attribute.representation))
  }

  /// Sets an attribute that is there but says nothing (type 2 of the standard).
  mutating func setEmpty(_ attribute: DicomAttribute) { set(attribute, bytes: []) }

  /// Sets decimal strings (DS), as exact as their 16 characters allow.
  mutating func set(_ attribute: DicomAttribute, decimals: [Double]) {
    set(attribute, bytes: Array(decimals.map(DicomText.decimal).joined(separator: "\\").utf8))
  }

  /// Sets whole numbers, in binary (US, UL) or as text (IS).
  mutating func set(_ attribute: DicomAttribute, _ numbers: Int...) {
    switch attribute.representation {
    case .US: set(attribute, bytes: numbers.flatMap { littleEndian(UInt16(clamping: $0)) })
    case .UL: set(attribute, bytes: numbers.flatMap { littleEndian(UInt32(clamping: $0)) })
    default: set(attribute, bytes: Array(numbers.map(String.init).joined(separator: "\\").utf8))
    }
  }

  /// Sets a pointer to another attribute (AT): its group, then its element.
  mutating func set(_ attribute: DicomAttribute, pointingTo target: DicomAttribute) {
    set(
      attribute,
      bytes: littleEndian(UInt16(target.tag >> 16)) + littleEndian(UInt16(truncatingIfNeeded: target.tag)))
  }

  /// Sets a sequence.
  mutating func set(_ attribute: DicomAttribute, items: [DicomDataSet]) { elements[attribute] = .items(items) }

  /// Sets a sequence of one item.
  mutating func set(_ attribute: DicomAttribute, item fill: (inout DicomDataSet) -> Void) {
    set(attribute, items: [.with(fill)])
  }

  /// Sets a code sequence of one coded concept.
  mutating func set(_ attribute: DicomAttribute, code: CodedConcept) {
    set(attribute) {
      $0.set(.codeValue, code.value)
      $0.set(.codingSchemeDesignator, code.scheme)
      $0.set(.codeMeaning, code.meaning)
    }
  }

  /// The elements by rising tag.
  ///
  /// With explicit headers a value of more than 65534 bytes in a representation with a short length becomes empty rather
  /// than a file that nobody can read; none of ours is that long, one of the source files might be.
  func encoded(_ encoding: Encoding) -> [UInt8] {
    var bytes: [UInt8] = []
    for (attribute, value) in elements.sorted(by: { $0.key.tag < $1.key.tag }) {
      var content: [UInt8] =
        switch value {
        case .bytes(let bytes): bytes
        case .items(let items): items.flatMap { Self.item($0.encoded(encoding)) }
        }
      if !content.count.isMultiple(of: 2) { content.append(attribute.representation.padding) }
      let isShort = encoding == .explicitHeaders && !attribute.representation.hasLongHeader
      if isShort, content.count > 0xFFFE { content = [] }
      bytes += Self.header(attribute, count: content.count, encoding)
      bytes += content
    }
    return bytes
  }

  /// Tag, representation and length of an element.
  static func header(_ attribute: DicomAttribute, count: Int, _ encoding: Encoding) -> [UInt8] {
    let tag = littleEndian(UInt16(attribute.tag >> 16)) + littleEndian(UInt16(truncatingIfNeeded: attribute.tag))
    guard encoding == .explicitHeaders else { return tag + littleEndian(UInt32(clamping: count)) }
    let name = Array(attribute.representation.rawValue.utf8)
    return attribute.representation.hasLongHeader
      ? tag + name + [0, 0] + littleEndian(UInt32(clamping: count)) : tag + name + littleEndian(UInt16(clamping: count))
  }

  private static func item(_ content: [UInt8]) -> [UInt8] {
    [0xFE, 0xFF, 0x00, 0xE0] + littleEndian(UInt32(clamping: content.count)) + content
  }
}

/// A number's bytes, the lowest first.
private func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}
