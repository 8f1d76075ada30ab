import Volumes

/// Which indices along each axis an image keeps, and in which order: crops, losses and flips are all of this kind.
struct VoxelSelection {
  private let source: VolumeSize
  private var indices: [[Int]]

  /// Every voxel in its place.
  init(wholeOf size: VolumeSize) {
    source = size
    indices = Axis.allCases.map { Array(0..<size[$0]) }
  }

  /// The indices along one axis.
  subscript(axis: Axis) -> [Int] {
    get { indices[axis.rawValue] }
    set { indices[axis.rawValue] = newValue }
  }

  /// The values at the kept indices, [z, y, x]. Cost: one copy.
  func apply<Value>(to values: [Value]) -> [Value] {
    var kept: [Value] = []
    kept.reserveCapacity(indices.reduce(1) { $0 * $1.count })
    for z in indices[2] {
      for y in indices[1] {
        let row = (z * source.y + y) * source.x
        for x in indices[0] { kept.append(values[row + x]) }
      }
    }
    return kept
  }
}
