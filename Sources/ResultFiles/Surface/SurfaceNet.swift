import Volumes

/// The surface of a mask as triangles: closed, smooth, one corner for each cell of eight voxels that it passes through.
///
/// Gibson, Constrained elastic surface nets (MICCAI 1998): each corner starts in the middle of its cell's crossings and
/// moves toward its neighbours' mean and a little further back (Taubin, ICCV 1995: smooths without shrinking), never out
/// of its cell, so no point is further than a voxel from the voxelised surface. Corners are in LPS mm; normals by the right-hand rule point outward.
struct SurfaceNet {
  /// LPS mm.
  private(set) var corners: [SIMD3<Double>] = []
  /// Three corners each.
  private(set) var triangles: [SIMD3<Int32>] = []

  private static let relaxations = 10

  /// Cost: the box around the mask, 4 bytes a voxel of it.
  init(mask: LabelMap, geometry: VolumeGeometry) {
    guard let box = VoxelBox(enclosing: mask) else { return }
    var net = CellNet(mask: mask, box: box)
    for _ in 0..<Self.relaxations {
      net.relax(by: 0.5)
      net.relax(by: -0.53)
    }
    corners = net.corners.map { geometry.position(ofIndex: $0) }
    let axes = geometry.direction
    let cross = SIMD3(
      axes[0].y * axes[1].z - axes[0].z * axes[1].y, axes[0].z * axes[1].x - axes[0].x * axes[1].z,
      axes[0].x * axes[1].y - axes[0].y * axes[1].x)
    let isMirrored = (cross * axes[2]).sum() < 0
    triangles.reserveCapacity(2 * net.quads.count)
    for quad in net.quads {
      let (a, b, c, d) = (quad[0], quad[1], quad[2], quad[3])
      func length(_ i: Int32, _ j: Int32) -> Double {
        let step = corners[Int(i)] - corners[Int(j)]
        return (step * step).sum()
      }
      let pair =
        length(a, c) <= length(b, d) ? [SIMD3(a, b, c), SIMD3(a, c, d)] : [SIMD3(a, b, d), SIMD3(b, c, d)]
      triangles += isMirrored ? pair.map { SIMD3($0.x, $0.z, $0.y) } : pair
    }
  }

  /// What the triangles enclose, mL: the divergence theorem.
  var millilitres: Double {
    triangles.reduce(0) { sum, triangle in
      let (a, b, c) = (corners[Int(triangle.x)], corners[Int(triangle.y)], corners[Int(triangle.z)])
      let cross = SIMD3(b.y * c.z - b.z * c.y, b.z * c.x - b.x * c.z, b.x * c.y - b.y * c.x)
      return sum + (a * cross).sum() / 6
    } / 1000
  }
}

/// The net in voxel indices.
private struct CellNet {
  /// In voxel indices.
  var corners: [SIMD3<Double>] = []
  /// Middles of the cells.
  private var middles: [SIMD3<Double>] = []
  /// Four corners each, counterclockwise seen from outside in a right-handed array.
  private(set) var quads: [SIMD4<Int32>] = []
  /// Corners beside each corner, three to six.
  private var neighbours: [[Int32]] = []

  init(mask: LabelMap, box: VoxelBox) {
    let size = mask.size
    func isOrgan(_ x: Int, _ y: Int, _ z: Int) -> Bool {
      guard x >= 0, y >= 0, z >= 0, x < size.x, y < size.y, z < size.z else { return false }
      return mask.labels[(z * size.y + y) * size.x + x] != 0
    }
    // Cell (i, j, k) has the voxels i...i+1, j...j+1, k...k+1, counted from the voxel before the box.
    let first = SIMD3(box.x.lowerBound - 1, box.y.lowerBound - 1, box.z.lowerBound - 1)
    let cells = SIMD3(box.x.count + 1, box.y.count + 1, box.z.count + 1)
    var index = [Int32](repeating: -1, count: cells.x * cells.y * cells.z)
    func place(_ cell: SIMD3<Int>) -> Int { (cell.z * cells.y + cell.y) * cells.x + cell.x }
    let edges = [
      (0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (1, 3), (4, 6), (5, 7), (0, 4), (1, 5), (2, 6), (3, 7),
    ]
    func offset(_ corner: Int) -> SIMD3<Double> {
      SIMD3(Double(corner & 1), Double(corner >> 1 & 1), Double(corner >> 2))
    }
    for k in 0..<cells.z {
      for j in 0..<cells.y {
        for i in 0..<cells.x {
          let voxel = first &+ SIMD3(i, j, k)
          let inside = (0..<8).map { isOrgan(voxel.x + $0 & 1, voxel.y + $0 >> 1 & 1, voxel.z + $0 >> 2) }
          guard inside.contains(true), inside.contains(false) else { continue }
          let crossed = edges.filter { inside[$0.0] != inside[$0.1] }.map { (offset($0.0) + offset($0.1)) / 2 }
          let base = SIMD3(Double(voxel.x), Double(voxel.y), Double(voxel.z))
          index[place(SIMD3(i, j, k))] = Int32(corners.count)
          corners.append(base + crossed.reduce(SIMD3(), +) / Double(crossed.count))
          middles.append(base + 0.5)
        }
      }
    }
    neighbours = [[Int32]](repeating: [], count: corners.count)
    let units = [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
    mask.forEachForegroundRun { run in
      for x in run.x {
        let voxel = SIMD3(x, run.y, run.z)
        for axis in 0..<3 {
          for sign in [1, -1] {
            let other = voxel &+ units[axis] &* sign
            guard !isOrgan(other.x, other.y, other.z) else { continue }
            // The four cells around the crossed edge, turning from the second to the third axis.
            let low = (sign > 0 ? voxel : other) &- first
            let (u, v) = (units[(axis + 1) % 3], units[(axis + 2) % 3])
            let around = [low &- u &- v, low &- v, low, low &- u].map { index[place($0)] }
            let quad =
              sign > 0
              ? SIMD4(around[0], around[1], around[2], around[3]) : SIMD4(around[3], around[2], around[1], around[0])
            quads.append(quad)
          }
        }
      }
    }
    for quad in quads {
      for side in 0..<4 {
        let (a, b) = (quad[side], quad[(side + 1) % 4])
        if !neighbours[Int(a)].contains(b) { neighbours[Int(a)].append(b) }
        if !neighbours[Int(b)].contains(a) { neighbours[Int(b)].append(a) }
      }
    }
  }

  /// Moves each corner by a share of the way to the mean of its neighbours, inside its cell.
  mutating func relax(by share: Double) {
    let before = corners
    for (corner, around) in neighbours.enumerated() where !around.isEmpty {
      let mean = around.reduce(SIMD3<Double>()) { $0 + before[Int($1)] } / Double(around.count)
      let moved = before[corner] + (mean - before[corner]) * share
      let (low, high) = (middles[corner] - 0.5, middles[corner] + 0.5)
      corners[corner] = pointwiseMin(pointwiseMax(moved, low), high)
    }
  }
}
