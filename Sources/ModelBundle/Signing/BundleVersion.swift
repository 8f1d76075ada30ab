/// A bundle's version as far as order goes: Semantic Versioning's, for any number of fields.
///
/// Fields are compared from the left, numbers as numbers and below words; a text after '-' makes a version older than the
/// one without it; a text after '+' does not count.
struct BundleVersion: Comparable {
  private enum Field: Comparable {
    case number(String)
    case word(String)

    init(_ text: Substring) {
      let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
      // Without leading zeros the longer number is the greater, however many digits it has.
      let digits = text.drop { $0 == "0" }
      self = isNumber ? .number(String(digits)) : .word(String(text))
    }

    static func < (left: Field, right: Field) -> Bool {
      switch (left, right) {
      case (.number(let left), .number(let right)):
        (left.utf8.count, left) < (right.utf8.count, right)
      case (.word(let left), .word(let right)): left < right
      case (.number, .word): true
      case (.word, .number): false
      }
    }
  }

  private let fields: [Field]
  private let preRelease: [Field]

  init(_ text: String) {
    let withoutBuild = text.split(separator: "+", maxSplits: 1, omittingEmptySubsequences: false)[0]
    let parts = withoutBuild.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    fields = parts[0].split(separator: ".").map(Field.init)
    preRelease = parts.count > 1 ? parts[1].split(separator: ".").map(Field.init) : []
  }

  static func < (left: BundleVersion, right: BundleVersion) -> Bool {
    if left.fields != right.fields { return left.fields.lexicographicallyPrecedes(right.fields) }
    if left.preRelease.isEmpty || right.preRelease.isEmpty {
      return !left.preRelease.isEmpty && right.preRelease.isEmpty
    }
    return left.preRelease.lexicographicallyPrecedes(right.preRelease)
  }
}
