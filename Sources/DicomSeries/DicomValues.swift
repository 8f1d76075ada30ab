/// Values of a data set that were kept while its structure was checked, by tag, without padding.
struct DicomValues {
  private var values: [Int: [UInt8]] = [:]

  subscript(tag: Int) -> [UInt8]? {
    get { values[tag] }
    set { values[tag] = newValue }
  }

  /// Text without the spaces around it and without control characters, which could steer a terminal; empty when absent.
  func text(_ tag: Int) -> String {
    guard let value = values[tag] else { return "" }
    let start = value.firstIndex { $0 != 0x20 } ?? value.endIndex
    return printable(value[start...])
  }

  /// The backslash-separated decimal numbers of an attribute; nil when they are not `count` or one is none.
  func numbers(_ tag: Int, _ count: Int) -> [Double]? {
    guard let value = values[tag] else { return nil }
    let parts = value.split(separator: UInt8(ascii: "\\"), omittingEmptySubsequences: false)
    guard parts.count == count else { return nil }
    var numbers: [Double] = []
    for part in parts {
      // Swift's Double would read "nan" and hexadecimal numbers too, DICOM's DS knows neither.
      let digits = part.filter { $0 != 0x20 }
      guard digits.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
        let number = Double(String(decoding: digits, as: UTF8.self)), number.isFinite
      else { return nil }
      numbers.append(number)
    }
    return numbers
  }
}

/// UTF-8 up to the first zero, without control characters.
func printable(_ bytes: some Sequence<UInt8>) -> String {
  let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  return String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
}
