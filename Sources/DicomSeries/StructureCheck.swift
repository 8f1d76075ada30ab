/// Walks the elements of a DICOM file without decoding, before a library that ends its process on bad ones sees it.
///
/// Checks the file meta group and its length, known value representations, rising tags, and that every length
/// lies inside its parent (PS3.5, chapter 7 and annex A; PS3.10, chapter 7). Reads headers only.
struct StructureCheck {
  /// Sequences inside sequences; enhanced CT needs about five.
  private static let deepest = 16
  private static let undefinedLength = 0xffff_ffff
  private static let item = 0xfffe_e000
  private static let itemEnd = 0xfffe_e00d
  private static let sequenceEnd = 0xfffe_e0dd
  private static let pixelData = 0x7fe0_0010
  private static let longForms = Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"])
  private static let shortForms = Set([
    "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI",
    "UL", "US",
  ])
  private static let implicitLittleEndian = "1.2.840.10008.1.2"
  private static let explicitLittleEndian = "1.2.840.10008.1.2.1"
  /// CT Image Storage, enhanced CT, legacy converted enhanced CT.
  private static let ctClasses = Set(["2", "2.1", "2.2"].map { "1.2.840.10008.5.1.4.1.1.\($0)" })
  private static let deflated = "1.2.840.10008.1.2.1.99"
  /// JPEG baseline and extended, lossless (two), JPEG-LS (two), JPEG 2000 (two), RLE.
  private static let encapsulated = Set(
    ["4.50", "4.51", "4.57", "4.70", "4.80", "4.81", "4.90", "4.91", "5"].map { "1.2.840.10008.1.2.\($0)" })

  private var file: DicomFile

  /// One element's header.
  private struct Element {
    let tag: Int
    let representation: String?
    let length: Int
    /// Where its value starts.
    let start: Int
    var name: String { "(\(hexadecimal(tag >> 16)),\(hexadecimal(tag & 0xffff)))" }
  }

  /// Nil for a sound file; else why it is left out: no CT, in a transfer syntax that only videos and reports have.
  ///
  /// Throws `unreadableFile`, `unsupported` (a CT in such a syntax) or `notFound`.
  static func reasonToSkip(_ path: String) throws(DicomError) -> String? {
    let file = try DicomFile(path)
    defer { file.close() }
    var check = StructureCheck(file: file)
    return try check.run()
  }

  private init(file: DicomFile) { self.file = file }

  private mutating func run() throws(DicomError) -> String? {
    let (start, syntax, sopClass) = try checkFileMeta()
    // What is deflated has no structure before it is inflated; the helper's bounds have to do.
    if syntax == Self.deflated { return nil }
    guard
      syntax == Self.implicitLittleEndian || syntax == Self.explicitLittleEndian || Self.encapsulated.contains(syntax)
    else {
      if !sopClass.isEmpty, !Self.ctClasses.contains(sopClass) { return "not CT image (SOP class \(sopClass))" }
      throw DicomError(
        .unsupported, "\(file.path): transfer syntax \(syntax) is not read; convert the file to explicit little endian")
    }
    _ = try walk(from: start, to: file.byteCount, isExplicit: syntax != Self.implicitLittleEndian, depth: 0)
    return nil
  }

  /// Where the data set starts, its transfer syntax, and the SOP class (empty when absent).
  private mutating func checkFileMeta() throws(DicomError) -> (dataSet: Int, syntax: String, sopClass: String) {
    let groupLength = try element(at: 132, end: file.byteCount, isExplicit: true)
    guard groupLength.tag == 0x0002_0000, groupLength.length == 4, let length = file.number(at: groupLength.start, 4),
      length <= file.byteCount - groupLength.start - 4
    else { throw refusal("File Meta Information Group Length (0002,0000) is absent or wrong") }
    let end = groupLength.start + 4 + length
    var offset = groupLength.start + 4
    var syntax: String?
    var sopClass = ""
    while offset < end {
      let element = try element(at: offset, end: end, isExplicit: true)
      guard element.tag >> 16 == 2, element.length <= end - element.start else {
        throw refusal("File Meta Information Group Length (0002,0000) is wrong: \(element.name) reaches across its end")
      }
      if element.tag == 0x0002_0002 { sopClass = identifier(element) ?? "" }
      if element.tag == 0x0002_0010 { syntax = identifier(element) }
      offset = element.start + element.length
    }
    guard let syntax else { throw refusal("Transfer Syntax UID (0002,0010) is absent") }
    return (end, syntax, sopClass)
  }

  /// A UID without its padding; nil when it is longer than a UID may be.
  private mutating func identifier(_ element: Element) -> String? {
    guard element.length <= 64, let value = file.bytes(at: element.start, element.length) else { return nil }
    return String(decoding: value.prefix { $0 != 0 && $0 != 0x20 }, as: UTF8.self)
  }

  /// Checks elements up to `end` or an item delimiter, and returns where they stop.
  private mutating func walk(from start: Int, to end: Int, isExplicit: Bool, depth: Int) throws(DicomError) -> Int {
    var offset = start
    var lastTag = -1
    while offset < end {
      let element = try element(at: offset, end: end, isExplicit: isExplicit)
      if element.tag == Self.itemEnd, depth > 0 { return element.start }
      guard element.tag > lastTag else { throw refusal("\(element.name) is out of order or double") }
      lastTag = element.tag
      if element.length == Self.undefinedLength {
        offset = try skipUndefinedLength(element, end: end, isExplicit: isExplicit, depth: depth)
        continue
      }
      guard element.length <= end - element.start else { throw cutOff(element, end: end) }
      let next = element.start + element.length
      if element.representation == "SQ" {
        _ = try walkItems(from: element.start, to: next, isExplicit: isExplicit, isDelimited: false, depth: depth + 1)
      }
      offset = next
    }
    return offset
  }

  private mutating func skipUndefinedLength(
    _ element: Element, end: Int, isExplicit: Bool, depth: Int
  ) throws(DicomError) -> Int {
    if element.tag == Self.pixelData { return try walkFragments(from: element.start, to: end) }
    guard ["SQ", "UN", nil].contains(element.representation) else {
      throw refusal("\(element.name) has an undefined length, which only sequences may have")
    }
    // Inside UN of undefined length everything is implicit (PS3.5, 6.2.2).
    return try walkItems(
      from: element.start, to: end, isExplicit: isExplicit && element.representation == "SQ", isDelimited: true,
      depth: depth + 1)
  }

  private mutating func walkItems(
    from start: Int, to end: Int, isExplicit: Bool, isDelimited: Bool, depth: Int
  ) throws(DicomError) -> Int {
    guard depth <= Self.deepest else { throw refusal("has more than \(Self.deepest) sequences inside each other") }
    var offset = start
    while offset < end {
      let header = try element(at: offset, end: end, isExplicit: false)
      if header.tag == Self.sequenceEnd, isDelimited { return header.start }
      guard header.tag == Self.item else { throw refusal("\(header.name) stands where a sequence item should start") }
      if header.length == Self.undefinedLength {
        offset = try walk(from: header.start, to: end, isExplicit: isExplicit, depth: depth)
      } else {
        guard header.length <= end - header.start else { throw cutOff(header, end: end) }
        offset = header.start + header.length
        guard try walk(from: header.start, to: offset, isExplicit: isExplicit, depth: depth) == offset else {
          throw refusal("a sequence item ends before its length")
        }
      }
    }
    guard !isDelimited else { throw refusal("the file ends inside a sequence; copy it again") }
    return offset
  }

  /// The fragments of compressed pixel data (PS3.5, A.4).
  private mutating func walkFragments(from start: Int, to end: Int) throws(DicomError) -> Int {
    var offset = start
    while offset < end {
      let fragment = try element(at: offset, end: end, isExplicit: false)
      if fragment.tag == Self.sequenceEnd { return fragment.start }
      guard fragment.tag == Self.item, fragment.length <= end - fragment.start else { throw cutOff(fragment, end: end) }
      offset = fragment.start + fragment.length
    }
    throw refusal("the file ends inside its compressed Pixel Data (7FE0,0010); copy it again")
  }

  private mutating func element(at offset: Int, end: Int, isExplicit: Bool) throws(DicomError) -> Element {
    guard offset <= end - 8, let group = file.number(at: offset, 2), let number = file.number(at: offset + 2, 2),
      let longLength = file.number(at: offset + 4, 4)
    else { throw refusal("ends inside the header of an element; copy the file again") }
    let tag = group << 16 | number
    guard isExplicit, group != 0xfffe else {
      return Element(tag: tag, representation: nil, length: longLength, start: offset + 8)
    }
    let representation = String(decoding: file.bytes(at: offset + 4, 2) ?? [], as: UTF8.self)
    if Self.shortForms.contains(representation), let length = file.number(at: offset + 6, 2) {
      return Element(tag: tag, representation: representation, length: length, start: offset + 8)
    }
    guard Self.longForms.contains(representation) else {
      let element = Element(tag: tag, representation: nil, length: 0, start: 0)
      throw refusal("\(element.name) has no known value representation")
    }
    guard offset <= end - 12, let length = file.number(at: offset + 8, 4) else {
      throw refusal("ends inside the header of an element; copy the file again")
    }
    return Element(tag: tag, representation: representation, length: length, start: offset + 12)
  }

  private func cutOff(_ element: Element, end: Int) -> DicomError {
    refusal("\(element.name) announces \(element.length) bytes, \(end - element.start) are there; copy the file again")
  }

  private func refusal(_ what: String) -> DicomError { DicomError(.unreadableFile, "\(file.path): \(what)") }
}

/// Four hexadecimal digits, as the standard writes tags.
private func hexadecimal(_ number: Int) -> String {
  let digits = String(number, radix: 16, uppercase: true)
  return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
}
