import Volumes

/// The text header of a NRRD file: fields by name, as written; the methods that use fields check them.
///
/// Source: "Definition of NRRD File Format" of the Teem project, versions NRRD0001 to NRRD0005.
struct NRRDHeader {
  /// Bytes of a header at most; Slicer's segmentations have a few thousand.
  static let largestByteCount = 1 << 16

  let path: String
  /// Bytes up to the first voxel.
  let byteCount: Int
  private let fields: [String: String]

  /// Splits the lines up to the empty one. Throws `notAnImage`, `invalidHeader`, `unsupported` or `truncated`.
  init(_ start: [UInt8], path: String) throws(ImageError) {
    self.path = path
    var fields: [String: String] = [:]
    var offset = 0
    var isFirst = true
    while true {
      guard let end = start[offset...].firstIndex(of: 0x0A) else {
        throw ImageError(
          start.count < Self.largestByteCount ? .truncated : .invalidHeader,
          "\(path): the NRRD header has no empty line at its end within \(start.count) bytes")
      }
      var line = start[offset..<end]
      if line.last == 0x0D { line.removeLast() }
      offset = end + 1
      let text = String(decoding: line, as: UTF8.self)
      if isFirst {
        guard text.count == 8, text.hasPrefix("NRRD000"), ("1"..."5").contains(text.suffix(1)) else {
          throw ImageError(.notAnImage, "\(path): starts with \"\(text.prefix(16))\", expected NRRD0001 to NRRD0005")
        }
        isFirst = false
        continue
      }
      if text.isEmpty { break }
      // "key:=value" pairs are notes of programs; whatever they say changes no voxel.
      guard !text.hasPrefix("#"), let colon = text.firstIndex(of: ":"), text[colon...].dropFirst().first != "=" else {
        guard text.hasPrefix("#") || text.contains(":=") else {
          throw ImageError(.invalidHeader, "\(path): the line \"\(text.prefix(40))\" is no field (\"name: value\")")
        }
        continue
      }
      let name = text[..<colon].lowercased().filter { $0 != " " }
      guard fields.updateValue(Self.trimmed(text[text.index(after: colon)...]), forKey: name) == nil else {
        throw ImageError(.invalidHeader, "\(path): the field \"\(text[..<colon])\" stands twice")
      }
    }
    (self.fields, byteCount) = (fields, offset)
  }

  /// A field by its name in small letters without spaces, which also joins the spellings "datafile" and "data file".
  subscript(name: String) -> String? { fields[name] }

  /// A field that must be there.
  func required(_ name: String, _ words: String) throws(ImageError) -> String {
    guard let value = fields[name], !value.isEmpty else { throw invalid(words, "a value", "none") }
    return value
  }

  /// A refusal of one field.
  func invalid(_ field: String, _ expected: String, _ found: String) -> ImageError {
    ImageError(.invalidHeader, "\(path): \(field) is \(found.prefix(80)), expected \(expected)")
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    return String(text)
  }
}
