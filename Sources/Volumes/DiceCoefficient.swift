/// DSC(A, B) = 2 |A ∩ B| / (|A| + |B|), the paper's measure; two empty masks agree fully (1).
///
/// That is the rule between rounds, d(t). Against a truth that is not empty, an empty mask gives 0 by the formula.
/// Every label but 0 counts as foreground. Returns nil when the sizes differ. Cost: one pass.
public func diceCoefficient(_ a: LabelMap, _ b: LabelMap) -> Double? {
  guard a.size == b.size, a.labels.count == b.labels.count else { return nil }
  var both = 0
  var sum = 0
  a.labels.withUnsafeBufferPointer { left in
    b.labels.withUnsafeBufferPointer { right in
      for index in left.indices {
        let inLeft = left[index] == 0 ? 0 : 1
        let inRight = right[index] == 0 ? 0 : 1
        both &+= inLeft & inRight
        sum &+= inLeft &+ inRight
      }
    }
  }
  return diceCoefficient(shared: both, total: sum)
}

/// DSC from counts: `shared` = |A ∩ B|, `total` = |A| + |B|; 1 when both masks are empty.
public func diceCoefficient(shared: Int, total: Int) -> Double {
  total == 0 ? 1 : 2 * Double(shared) / Double(total)
}
