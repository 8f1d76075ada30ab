extension Volume {
  /// The smallest and the largest HU. Cost: one pass.
  public var hounsfieldRange: ClosedRange<Int16> { voxels.withUnsafeBufferPointer { $0.range ?? 0...0 } }
}

extension UnsafeBufferPointer<Int16> {
  /// The smallest and the largest value; nil when there are none.
  var range: ClosedRange<Int16>? {
    var smallest = Int16.max
    var largest = Int16.min
    for value in self {
      smallest = Swift.min(smallest, value)
      largest = Swift.max(largest, value)
    }
    return smallest <= largest ? smallest...largest : nil
  }
}
