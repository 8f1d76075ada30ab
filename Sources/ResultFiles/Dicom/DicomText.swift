import Foundation

/// Texts and numbers as DICOM wants them.
enum DicomText {
  /// Printable ASCII, cut to the length that the representation allows (PS3.5, table 6.2-1).
  static func bytes(of text: String, _ representation: DicomRepresentation) -> [UInt8] {
    let longest =
      switch representation {
      case .CS, .SH, .DS, .AT: 16
      case .IS: 12
      case .ST: 1024
      default: 64
      }
    let safe = text.unicodeScalars.map { (0x20..<0x7F).contains($0.value) ? UInt8($0.value) : UInt8(ascii: "?") }
    // Values that are lists (ImageType, SoftwareVersions) are as long as their members allow.
    let members = safe.split(separator: UInt8(ascii: "\\"), omittingEmptySubsequences: false)
    return Array(members.map { $0.prefix(longest) }.joined(separator: [UInt8(ascii: "\\")]))
  }

  /// A code string (CS): capitals, digits, space and underscore, at most 16.
  static func code(_ text: String) -> String {
    let letters = text.uppercased().unicodeScalars.map { scalar -> Character in
      let isAllowed = (0x30...0x39).contains(scalar.value) || (0x41...0x5A).contains(scalar.value)
      return isAllowed ? Character(scalar) : "_"
    }
    return String(letters.prefix(16))
  }

  /// The shortest of a number's decimal forms that is exact, or else the most exact that has 16 characters.
  static func decimal(_ value: Double) -> String {
    for digits in stride(from: 15, through: 1, by: -1) {
      let text = String(format: "%.\(digits)g", value)
      if text.utf8.count <= 16 { return text }
    }
    return "0"
  }

  /// True for what the standard accepts as a UID: digits and points, no empty part, at most 64 characters.
  static func isUID(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return (1...64).contains(text.utf8.count)
      && parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }
  }
}
