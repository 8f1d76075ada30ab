/// What is counted of a mask that comes in slabs of whole slices.
public struct ForegroundTally: Hashable, Sendable {
  /// Voxels that are not 0.
  public private(set) var voxelCount = 0
  /// Whether one of them lies in an outermost layer of the volume.
  public private(set) var touchesBorder = false
  private let size: VolumeSize

  /// Nothing yet of a volume of this size.
  init(_ size: VolumeSize) { self.size = size }

  /// Adds some slices, [z, y, x] with x fastest; each slice once.
  mutating func add(_ slices: Range<Int>, _ slab: UnsafeBufferPointer<UInt8>) {
    let plane = size.x * size.y
    precondition(slab.count == slices.count * plane, "whole slices")
    for slice in slices {
      let first = (slice - slices.lowerBound) * plane
      var found = 0
      for index in first..<first + plane { found &+= slab[index] == 0 ? 0 : 1 }
      guard found > 0 else { continue }
      voxelCount += found
      if !touchesBorder {
        touchesBorder = slice == 0 || slice == size.z - 1 || touchesEdge(slab, from: first)
      }
    }
  }

  private func touchesEdge(_ slab: UnsafeBufferPointer<UInt8>, from first: Int) -> Bool {
    let lastRow = (size.y - 1) * size.x
    return (0..<size.x).contains { slab[first + $0] != 0 || slab[first + lastRow + $0] != 0 }
      || (0..<size.y).contains { slab[first + $0 * size.x] != 0 || slab[first + $0 * size.x + size.x - 1] != 0 }
  }
}
