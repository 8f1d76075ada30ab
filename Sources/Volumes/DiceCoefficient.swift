/// DSC(A, B) = 2 |A ∩ B| / (|A| + |B|), the paper's measure; two empty masks agree fully (1).
///
/// That is the rule between rounds, d(t). Against a truth that is not empty, an empty mask gives 0 by the formula.
/// Every label but 0 counts as foreground. `box` leaves everything outside of it out; nil counts all voxels.
/// Returns nil when the sizes differ or the box does not lie inside. Cost: one pass.
public func diceCoefficient(_ a: LabelMap, _ b: LabelMap, within box: VoxelBox? = nil) -> Double? {
  let size = a.size
  let box = box ?? VoxelBox(wholeOf: size)
  guard size == b.size, a.labels.count == size.voxelCount, b.labels.count == size.voxelCount,
    Axis.allCases.allSatisfy({ box[$0].lowerBound >= 0 && box[$0].upperBound <= size[$0] })
  else { return nil }
  var both = 0
  var sum = 0
  a.labels.withUnsafeBufferPointer { left in
    b.labels.withUnsafeBufferPointer { right in
      for z in box.z {
        for y in box.y {
          let row = (z * size.y + y) * size.x
          for index in row + box.x.lowerBound..<row + box.x.upperBound {
            let inLeft = left[index] == 0 ? 0 : 1
            let inRight = right[index] == 0 ? 0 : 1
            both &+= inLeft & inRight
            sum &+= inLeft &+ inRight
          }
        }
      }
    }
  }
  return diceCoefficient(shared: both, total: sum)
}

/// DSC from counts: `shared` = |A ∩ B|, `total` = |A| + |B|; 1 when both masks are empty.
public func diceCoefficient(shared: Int, total: Int) -> Double {
  total == 0 ? 1 : 2 * Double(shared) / Double(total)
}
