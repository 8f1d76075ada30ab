/// Walks the elements of a data set, checks their structure, and keeps the few values that a CT volume needs.
///
/// Checks known value representations, rising tags, and that every length lies inside its parent (PS3.5, chapter 7
/// and annex A). Reads headers and short values only.
struct DataSetWalk {
  /// Sequences inside sequences; enhanced CT needs about five.
  private static let deepest = 16
  /// Frames of one object; an enhanced CT has hundreds.
  static let mostFrames = 100_000
  /// Longer values are never those that are looked for.
  private static let longestKeptValue = 1 << 12
  static let undefinedLength = 0xffff_ffff

  /// Where the elements at hand stand.
  private enum Scope {
    case dataSet
    /// An item of the shared (nil) or per-frame functional groups.
    case functionalGroups(frame: Int?)
    /// An item of one functional group.
    case group(frame: Int?)
    case other
  }

  /// One element's header.
  struct Element {
    let tag: Int
    /// Two letters as a number; 0 where the transfer syntax does not name it.
    let representation: Int
    let length: Int
    /// Where its value starts.
    let start: Int
    var name: String { DicomTag.name(tag) }
  }

  /// Fragments of encapsulated pixels, without the offset table, and where native pixels lie.
  enum Pixels {
    case native(offset: Int, length: Int)
    case fragments([Range<Int>])
  }

  let path: String
  private let source: any DicomBytes
  private let isBigEndian: Bool
  private let keptTags: Set<Int>

  /// First level of the data set.
  private(set) var values = DicomValues()
  /// Shared functional groups.
  private(set) var shared = DicomValues()
  /// Functional groups of each frame.
  private(set) var ofFrame: [DicomValues] = []
  private(set) var pixels: Pixels?
  /// Called when Pixel Data of a defined length is met, before anything behind its header is touched.
  private let onPixelData: (DicomValues, Int) throws(DicomError) -> Void

  init(
    _ source: any DicomBytes, path: String, isBigEndian: Bool, keeping keptTags: Set<Int>,
    onPixelData: @escaping (DicomValues, Int) throws(DicomError) -> Void = { _, _ throws(DicomError) in }
  ) {
    (self.source, self.path, self.isBigEndian, self.keptTags) = (source, path, isBigEndian, keptTags)
    self.onPixelData = onPixelData
  }

  /// Walks the whole data set. Throws `unreadableFile`; what was kept until then stays.
  mutating func run(from start: Int, to end: Int, isExplicit: Bool) throws(DicomError) {
    _ = try walk(from: start, to: end, isExplicit: isExplicit, depth: 0, scope: .dataSet)
  }

  /// Checks elements up to `end` or an item delimiter, and returns where they stop.
  private mutating func walk(
    from start: Int, to end: Int, isExplicit: Bool, depth: Int, scope: Scope
  ) throws(DicomError) -> Int {
    var offset = start
    var lastTag = -1
    while offset < end, source.reaches(offset + 1) {
      let element = try element(at: offset, end: end, isExplicit: isExplicit)
      if element.tag == DicomTag.itemEnd, depth > 0 { return element.start }
      guard element.tag > lastTag else { throw refusal("\(element.name) is out of order or double") }
      lastTag = element.tag
      if element.length == Self.undefinedLength {
        offset = try walkUndefinedLength(element, end: end, isExplicit: isExplicit, depth: depth, scope: scope)
        continue
      }
      if element.tag == DicomTag.pixelData, depth == 0 {
        try onPixelData(values, element.length)
        pixels = .native(offset: element.start, length: element.length)
      }
      guard element.length <= end - element.start, source.reaches(element.start + element.length) else {
        throw cutOff(element, end: end)
      }
      let next = element.start + element.length
      if element.representation == Representation.sequence
        || element.representation == 0 && isKnownSequence(element.tag, scope)
      {
        _ = try walkItems(
          of: element.tag, from: element.start, to: next, isExplicit: isExplicit, isDelimited: false, depth: depth + 1,
          scope: scope)
      } else {
        try keep(element, scope)
      }
      offset = next
    }
    return offset
  }

  /// Sequences that must be entered where the transfer syntax does not name them as such.
  private func isKnownSequence(_ tag: Int, _ scope: Scope) -> Bool {
    switch scope {
    case .dataSet: tag == DicomTag.sharedFunctionalGroups || tag == DicomTag.perFrameFunctionalGroups
    case .functionalGroups: DicomTag.functionalGroups.contains(tag)
    case .group, .other: false
    }
  }

  private mutating func walkUndefinedLength(
    _ element: Element, end: Int, isExplicit: Bool, depth: Int, scope: Scope
  ) throws(DicomError) -> Int {
    if element.tag == DicomTag.pixelData, depth == 0 { return try walkFragments(from: element.start, to: end) }
    let allowed = [Representation.sequence, Representation.unknown, 0]
    guard allowed.contains(element.representation) else {
      throw refusal("\(element.name) has an undefined length, which only sequences may have")
    }
    // Inside UN of undefined length everything is implicit (PS3.5, 6.2.2).
    return try walkItems(
      of: element.tag, from: element.start, to: end,
      isExplicit: isExplicit && element.representation == Representation.sequence, isDelimited: true,
      depth: depth + 1, scope: scope)
  }

  private mutating func walkItems(
    of sequence: Int, from start: Int, to end: Int, isExplicit: Bool, isDelimited: Bool, depth: Int, scope: Scope
  ) throws(DicomError) -> Int {
    guard depth <= Self.deepest else { throw refusal("has more than \(Self.deepest) sequences inside each other") }
    var offset = start
    var index = 0
    while offset < end, source.reaches(offset + 1) {
      let header = try element(at: offset, end: end, isExplicit: false)
      if header.tag == DicomTag.sequenceEnd, isDelimited { return header.start }
      guard header.tag == DicomTag.item else {
        throw refusal("\(header.name) stands where a sequence item should start")
      }
      let inside = try itemScope(sequence, index, scope)
      if header.length == Self.undefinedLength {
        offset = try walk(from: header.start, to: end, isExplicit: isExplicit, depth: depth, scope: inside)
      } else {
        guard header.length <= end - header.start, source.reaches(header.start + header.length) else {
          throw cutOff(header, end: end)
        }
        offset = header.start + header.length
        guard
          try walk(from: header.start, to: offset, isExplicit: isExplicit, depth: depth, scope: inside) == offset
        else { throw refusal("a sequence item ends before its length") }
      }
      index += 1
    }
    guard !isDelimited else { throw refusal("the file ends inside a sequence; copy it again") }
    return offset
  }

  private mutating func itemScope(_ sequence: Int, _ index: Int, _ scope: Scope) throws(DicomError) -> Scope {
    switch scope {
    case .dataSet where sequence == DicomTag.sharedFunctionalGroups && index == 0:
      return .functionalGroups(frame: nil)
    case .dataSet where sequence == DicomTag.perFrameFunctionalGroups:
      guard index < Self.mostFrames else { throw refusal("describes more than \(Self.mostFrames) frames") }
      ofFrame.append(DicomValues())
      return .functionalGroups(frame: index)
    case .functionalGroups(let frame) where index == 0 && DicomTag.functionalGroups.contains(sequence):
      return .group(frame: frame)
    default:
      return .other
    }
  }

  /// The fragments of compressed pixel data behind their offset table (PS3.5, A.4).
  private mutating func walkFragments(from start: Int, to end: Int) throws(DicomError) -> Int {
    var offset = start
    var fragments: [Range<Int>] = []
    var isOffsetTable = true
    while offset < end {
      let fragment = try element(at: offset, end: end, isExplicit: false)
      if fragment.tag == DicomTag.sequenceEnd {
        pixels = .fragments(fragments)
        return fragment.start
      }
      guard fragment.tag == DicomTag.item else {
        throw refusal("\(fragment.name) stands where a fragment of Pixel Data (7FE0,0010) should start")
      }
      guard fragment.length <= end - fragment.start else { throw cutOff(fragment, end: end) }
      offset = fragment.start + fragment.length
      if !isOffsetTable { fragments.append(fragment.start..<offset) }
      isOffsetTable = false
    }
    throw refusal("the file ends inside its compressed Pixel Data (7FE0,0010); copy it again")
  }

  /// Keeps the value of an element that is looked for.
  private mutating func keep(_ element: Element, _ scope: Scope) throws(DicomError) {
    switch scope {
    case .dataSet where keptTags.contains(element.tag):
      if let value = try value(of: element) { values[element.tag] = value }
    case .group(let frame) where DicomTag.ofFrame.contains(element.tag):
      guard let value = try value(of: element) else { return }
      if let frame { ofFrame[frame][element.tag] = value } else { shared[element.tag] = value }
    default: return
    }
  }

  /// The bytes of a value without padding, numbers in little endian; nil when it is too long to be meant.
  private func value(of element: Element) throws(DicomError) -> [UInt8]? {
    let expected = DicomTag.representations[element.tag] ?? SourceSeries.copiedTags[UInt32(element.tag)] ?? "UN"
    if element.representation != 0, element.representation != Representation.unknown,
      element.representation != Representation.number(expected)
    {
      throw refusal(
        "\(element.name) has the value representation \(Representation.text(element.representation)), expected \(expected)"
      )
    }
    guard element.length <= Self.longestKeptValue, var value = source.bytes(at: element.start, element.length) else {
      return nil
    }
    if expected == "US" {
      guard value.count == 2 else { throw refusal("\(element.name) has \(value.count) bytes, expected 2") }
      return isBigEndian ? value.reversed() : value
    }
    while let last = value.last, last == 0 || last == 0x20 { value.removeLast() }
    return value
  }

  private func element(at offset: Int, end: Int, isExplicit: Bool) throws(DicomError) -> Element {
    guard offset <= end - 8, let group = number(offset, 2), let low = number(offset + 2, 2),
      let longLength = number(offset + 4, 4)
    else { throw refusal("ends inside the header of an element; copy the file again") }
    let tag = group << 16 | low
    guard isExplicit, group != 0xfffe else {
      return Element(tag: tag, representation: 0, length: longLength, start: offset + 8)
    }
    // Letters, not a number: their order does not follow the byte order.
    let representation = source.number(at: offset + 4, 2, isBigEndian: false) ?? 0
    if Representation.shortForms.contains(representation), let length = number(offset + 6, 2) {
      return Element(tag: tag, representation: representation, length: length, start: offset + 8)
    }
    guard Representation.longForms.contains(representation) else {
      throw refusal("\(DicomTag.name(tag)) has no known value representation")
    }
    guard offset <= end - 12, let length = number(offset + 8, 4) else {
      throw refusal("ends inside the header of an element; copy the file again")
    }
    return Element(tag: tag, representation: representation, length: length, start: offset + 12)
  }

  private func number(_ offset: Int, _ count: Int) -> Int? {
    source.number(at: offset, count, isBigEndian: isBigEndian)
  }

  private func cutOff(_ element: Element, end: Int) -> DicomError {
    let found = end == .max ? "fewer" : "\(end - element.start)"
    return refusal("\(element.name) announces \(element.length) bytes, \(found) are there; copy the file again")
  }

  private func refusal(_ what: String) -> DicomError { DicomError(.unreadableFile, "\(path): \(what)") }
}

/// Value representations (PS3.5, 6.2) as the little-endian number of their two letters.
private enum Representation {
  static let longForms = Set(
    ["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"].map(number))
  static let shortForms = Set(
    [
      "AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI",
      "UL", "US",
    ].map(number))
  static let sequence = number("SQ")
  static let unknown = number("UN")

  static func number(_ letters: String) -> Int {
    letters.utf8.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  static func text(_ number: Int) -> String {
    String(decoding: [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)], as: UTF8.self)
  }
}
