/// The networks' input intensity: an HU window mapped to 0...1, optionally in a fixed number of levels.
///
/// value = (clamp(HU, low, high) - low) / (high - low); with `levels` n it is rounded to k / n, ties to even, as the
/// training data were. A table over whole HU, so that windowing costs one look-up a voxel.
package struct IntensityWindow: Sendable {
  /// Whole HU of the table's first entry.
  private let first: Int
  /// Network input for HU first, first + 1, ...; the ends hold for everything below and above.
  private let values: [Float]

  /// Returns nil unless low < high, both within the range of a CT's HU, and levels (if given) at least 1.
  init?(low: Double, high: Double, levels: Int?) {
    guard low < high, abs(low) <= 32_768, abs(high) <= 32_768, levels.map({ $0 >= 1 && $0 <= 65_536 }) ?? true else {
      return nil
    }
    let first = Int(low.rounded(.down))
    let last = Int(high.rounded(.up))
    self.first = first
    values = (first...last).map { hounsfield in
      let value = (min(max(Double(hounsfield), low), high) - low) / (high - low)
      guard let levels else { return Float(value) }
      return Float((value * Double(levels)).rounded(.toNearestOrEven) / Double(levels))
    }
  }

  /// Network input of one HU value.
  func callAsFunction(_ hounsfield: Int16) -> Float {
    values[min(max(Int(hounsfield) - first, 0), values.count - 1)]
  }

  /// Writes the windowed values of a strided row of `voxels` into consecutive places of `output`.
  ///
  /// The caller guarantees that offset + k * stride lies in `voxels` for k in 0..<output.count.
  func fill(
    _ output: UnsafeMutableBufferPointer<Float>, from voxels: UnsafeBufferPointer<Int16>, offset: Int, stride: Int
  ) {
    values.withUnsafeBufferPointer { values in
      let last = values.count - 1
      var place = offset
      for column in 0..<output.count {
        output[column] = values[min(max(Int(voxels[place]) - first, 0), last)]
        place += stride
      }
    }
  }
}
