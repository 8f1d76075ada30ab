import Foundation

/// Texts and numbers as they may stand in the page.
enum HTMLText {
  /// `text` with everything that HTML would read as markup replaced; safe between tags and in quoted attributes.
  static func escaped(_ text: String) -> String {
    var safe = ""
    safe.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": safe += "&amp;"
      case "<": safe += "&lt;"
      case ">": safe += "&gt;"
      case "\"": safe += "&quot;"
      case "'": safe += "&#39;"
      // Control characters are not allowed in HTML at all; a name from a file may hold them.
      case _ where scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t":
        safe += "\u{FFFD}"
      default: safe.unicodeScalars.append(scalar)
      }
    }
    return safe
  }

  /// A fixed number of decimals with a point, whatever the locale; a dash for what is not finite or beyond 10^15.
  static func decimal(_ value: Double, digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "–" }
    return String(format: "%.\(digits)f", value)
  }

  /// A whole number with narrow spaces between groups of three digits.
  static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var grouped = ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place).isMultiple(of: 3) { grouped += "\u{202F}" }
      grouped.append(digit)
    }
    return value < 0 ? "-" + grouped : grouped
  }

  /// Bytes as MiB or GiB.
  static func memory(_ bytes: Int) -> String {
    let mebibytes = Double(bytes) / 1_048_576
    return mebibytes < 1024
      ? "\(decimal(mebibytes, digits: 0)) MiB" : "\(decimal(mebibytes / 1024, digits: 2)) GiB"
  }

  /// A JPEG file as the address of an image in the page itself.
  static func dataAddress(jpeg: [UInt8]) -> String { "data:image/jpeg;base64," + Data(jpeg).base64EncodedString() }
}
