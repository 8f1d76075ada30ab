import ArgumentParser

/// A box as people write it: first:last along x, y and z, both ends inside, as 120:199,80:149,30:61.
struct BoxBounds<Number: Comparable & LosslessStringConvertible & Sendable>: Sendable {
  /// For sentences: what was typed.
  let text: String
  /// Along x, y, z.
  let bounds: [ClosedRange<Number>]

  /// Throws a ValidationError that says what is expected.
  init(_ text: String) throws {
    let ranges = text.split(separator: ",", omittingEmptySubsequences: false).map { part -> ClosedRange<Number>? in
      let ends = part.split(separator: ":", omittingEmptySubsequences: false).map { Number(String($0)) }
      guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else { return nil }
      return first...last
    }
    let found = ranges.compactMap(\.self)
    guard ranges.count == 3, found.count == 3 else {
      throw ValidationError(
        "expected first:last along x, y and z, the smaller number first, such as 120:199,80:149,30:61")
    }
    self.text = text
    bounds = found
  }
}
