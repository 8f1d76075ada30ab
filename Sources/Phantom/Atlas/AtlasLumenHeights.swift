import Volumes

/// How high every voxel of a hollow organ lies in its loop: what gas rises in and fluid sinks in.
enum AtlasLumenHeights {
  /// For each voxel of the classes 0 at the front (a patient lies on the back) and 1 at the back of its loop, 0 elsewhere.
  ///
  /// A loop is a 4-connected region of one class in one axial slice. Cost: one pass and a stack of open voxels.
  static func measure(ids: [UInt8], size: VolumeSize, hollow: Set<UInt8>) -> [Float] {
    var heights = [Float](repeating: 0, count: ids.count)
    var isDone = [Bool](repeating: false, count: ids.count)
    let isHollow = (0..<256).map { hollow.contains(UInt8($0)) }
    for first in ids.indices where !isDone[first] && isHollow[Int(ids[first])] {
      var loop = [first]
      isDone[first] = true
      var next = 0
      while next < loop.count {
        let (row, x) = loop[next].quotientAndRemainder(dividingBy: size.x)
        let y = row % size.y
        let neighbours = [(x > 0, -1), (x < size.x - 1, 1), (y > 0, -size.x), (y < size.y - 1, size.x)]
        for (isInside, step) in neighbours where isInside {
          let neighbour = loop[next] + step
          guard !isDone[neighbour], ids[neighbour] == ids[first] else { continue }
          isDone[neighbour] = true
          loop.append(neighbour)
        }
        next += 1
      }
      let rows = loop.map { $0 / size.x % size.y }
      let (front, back) = (rows.reduce(Int.max, min), rows.reduce(0, max))
      for (voxel, row) in zip(loop, rows) { heights[voxel] = Float(row - front) / Float(max(back - front, 1)) }
    }
    return heights
  }
}
