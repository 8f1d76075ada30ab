/// DSC(A, B) = 2 |A ∩ B| / (|A| + |B|), the paper's measure; nil-free: two empty masks agree fully (1).
///
/// That is the rule between rounds, d(t). Against a truth that is not empty, an empty mask gives 0 by the formula.
/// Returns nil when the sizes differ. Cost: one pass.
public func diceCoefficient(_ a: LabelMap, _ b: LabelMap) -> Double? {
  guard a.size == b.size else { return nil }
  var both = 0
  var sum = 0
  for (left, right) in zip(a.labels, b.labels) {
    both &+= left != 0 && right != 0 ? 1 : 0
    sum &+= (left != 0 ? 1 : 0) &+ (right != 0 ? 1 : 0)
  }
  return sum == 0 ? 1 : 2 * Double(both) / Double(sum)
}
