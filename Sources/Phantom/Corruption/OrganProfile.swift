import Volumes

/// How many voxels of an organ lie at each index along each axis: what cuts and places are chosen by.
struct OrganProfile {
  /// Voxels at each index, one list for each axis.
  let counts: [[Int]]
  /// Voxels in all, at least 1.
  let total: Int

  /// Throws when the organ is not in the case. Cost: one pass.
  init(_ original: SyntheticCase, _ organ: PhantomLabel, for corruption: Corruption) throws(CorruptionError) {
    let size = original.labels.size
    var counts = Axis.allCases.map { [Int](repeating: 0, count: size[$0]) }
    var index = 0
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          if original.labels.labels[index] == organ.rawValue {
            counts[0][x] += 1
            counts[1][y] += 1
            counts[2][z] += 1
          }
          index += 1
        }
      }
    }
    self.counts = counts
    total = counts[0].reduce(0, +)
    guard total > 0 else {
      throw CorruptionError(
        message:
          "\(corruption.rawValue) needs a case with a \(organ.name), which seed \(original.record.seed) has not on "
          + "this grid; choose a larger size")
    }
  }

  /// The first index along an axis up to and with which at least `share` of the organ lies.
  func index(below share: Double, along axis: Axis) -> Int {
    let wanted = share * Double(total)
    var sum = 0
    for (index, count) in counts[axis.rawValue].enumerated() {
      sum += count
      if sum > 0, Double(sum) >= wanted { return index }
    }
    return counts[axis.rawValue].count - 1
  }

  /// The indices along an axis where the organ lies, with what is between them.
  func extent(along axis: Axis) -> Range<Int> {
    let counts = counts[axis.rawValue]
    let first = counts.firstIndex { $0 > 0 } ?? 0
    return first..<(counts.lastIndex { $0 > 0 } ?? first) + 1
  }

  /// The share of the organ that lies in a range of indices.
  func share(in range: Range<Int>, along axis: Axis) -> Double {
    Double(counts[axis.rawValue][range].reduce(0, +)) / Double(total)
  }

  /// The mean index along an axis.
  func centre(along axis: Axis) -> Double {
    let sum = counts[axis.rawValue].enumerated().reduce(0) { $0 + $1.offset * $1.element }
    return Double(sum) / Double(total)
  }
}
