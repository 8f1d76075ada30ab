import FoundationEssentials

/// Base64 as minisign writes it, with one spelling for each value.
enum Base64 {
  /// The bytes of a line; nil when it is no base64, or another spelling of what `text` gives (unused bits that are not 0).
  static func bytes(of line: some StringProtocol) -> [UInt8]? {
    guard let data = Data(base64Encoded: String(line)), data.base64EncodedString() == line else { return nil }
    return Array(data)
  }

  /// One line, without a line break.
  static func text(of bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
}
