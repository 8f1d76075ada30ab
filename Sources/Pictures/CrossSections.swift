import Volumes

/// How many voxels of an organ lie in each slice, along each array axis.
struct CrossSections: Sendable {
  /// Foreground voxels by slice, one list an axis (x, y, z).
  let counts: [[Int]]

  /// Cost: one pass over the mask.
  init(of mask: LabelMap) {
    let size = mask.size
    var (alongX, alongY, alongZ) = (
      [Int](repeating: 0, count: size.x), [Int](repeating: 0, count: size.y), [Int](repeating: 0, count: size.z)
    )
    mask.labels.withUnsafeBufferPointer { labels in
      for z in 0..<size.z {
        for y in 0..<size.y {
          let row = UnsafeBufferPointer(rebasing: labels[((z * size.y + y) * size.x)...].prefix(size.x))
          var inRow = 0
          for x in 0..<row.count where row[x] != 0 {
            alongX[x] += 1
            inRow += 1
          }
          alongY[y] += inRow
          alongZ[z] += inRow
        }
      }
    }
    counts = [alongX, alongY, alongZ]
  }

  /// The slice with the most voxels; of equals the one closest to the organ's middle along the axis; nil when empty.
  func largest(along axis: Axis) -> Int? {
    let counts = counts[axis.rawValue]
    guard let most = counts.max(), most > 0 else { return nil }
    let (sum, weighted) = counts.enumerated().reduce((0.0, 0.0)) {
      ($0.0 + Double($1.element), $0.1 + Double($1.element) * Double($1.offset))
    }
    let middle = weighted / sum
    return counts.indices.filter { counts[$0] == most }.min { abs(Double($0) - middle) < abs(Double($1) - middle) }
  }
}
