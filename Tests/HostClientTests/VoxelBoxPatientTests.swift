import HostClient
import Testing
import Volumes

/// A box in the patient as voxels, against what its words say.
@Suite struct VoxelBoxPatientTests {
  private static let size = VolumeSize(x: 7, y: 5, z: 6)
  /// Unit vectors of the 48 ways to lay an array along the patient's axes.
  private static let orientations: [[SIMD3<Double>]] = {
    let axes = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    return orders.flatMap { order in
      (0..<8).map { signs in (0..<3).map { axes[order[$0]] * (signs >> $0 & 1 == 0 ? 1 : -1) } }
    }
  }()
  /// Corners in LPS mm; the grids below reach from about -14 to 34.
  private static let boxes: [(SIMD3<Double>, SIMD3<Double>)] = [
    (SIMD3(10.1, 10.2, 10.3), SIMD3(14.9, 15.3, 13.2)), (SIMD3(14.9, 10.2, 13.2), SIMD3(10.1, 15.3, 10.3)),
    (SIMD3(-100, -100, -100), SIMD3(100, 100, 100)), (SIMD3(9, 8, 7), SIMD3(9, 8, 7)),
    (SIMD3(10, 10, 10), SIMD3(10.0001, 30, 10.2)), (SIMD3(8, -1e9, 9), SIMD3(30, 1e9, 10)),
    (SIMD3(60, 60, 60), SIMD3(80, 80, 80)), (SIMD3(-80, -100, 10), SIMD3(-60, 100, 12)),
  ]

  private func grid(_ direction: [SIMD3<Double>]) throws -> VolumeGeometry {
    try VolumeGeometry(
      size: try #require(Self.size), spacing: SIMD3(1.5, 3, 0.75), origin: SIMD3(10, 9, 8), direction: direction)
  }

  /// Voxel by voxel: whether its cell and the box have a point in common.
  private func touched(_ low: SIMD3<Double>, _ high: SIMD3<Double>, _ grid: VolumeGeometry) -> [SIMD3<Int>] {
    var found: [SIMD3<Int>] = []
    for z in 0..<grid.size.z {
      for y in 0..<grid.size.y {
        for x in 0..<grid.size.x {
          let centre = grid.position(ofIndex: SIMD3(Double(x), Double(y), Double(z)))
          let half = (0..<3).reduce(SIMD3<Double>.zero) { sum, axis in
            let step = grid.direction[axis] * grid.spacing[axis] / 2
            return sum + SIMD3(abs(step.x), abs(step.y), abs(step.z))
          }
          let isInside = (0..<3).allSatisfy { axis in
            centre[axis] + half[axis] > low[axis] && centre[axis] - half[axis] < high[axis]
          }
          if isInside { found.append(SIMD3(x, y, z)) }
        }
      }
    }
    return found
  }

  @Test func holdsTheVoxelsThatTheBoxTouchesInAll48Orientations() throws {
    var hits = 0
    for direction in Self.orientations {
      let grid = try grid(direction)
      for (corner, opposite) in Self.boxes {
        let low = pointwiseMin(corner, opposite), high = pointwiseMax(corner, opposite)
        let expected = touched(low, high, grid)
        let box = VoxelBox(between: corner, and: opposite, in: grid)
        guard let box else {
          #expect(expected.isEmpty, "\(direction) \(corner)...\(opposite)")
          continue
        }
        hits += 1
        #expect(expected.count == box.x.count * box.y.count * box.z.count, "\(direction) \(corner)...\(opposite)")
        #expect(expected.allSatisfy { box.x.contains($0.x) && box.y.contains($0.y) && box.z.contains($0.z) })
      }
    }
    #expect(hits > 48 * 2)
  }

  @Test func endsWithTheVoxelWhoseEdgeItReaches() throws {
    let grid = try grid(VolumeGeometry.identityDirection)
    let edges = { (first: Double, last: Double) in
      (grid.position(ofIndex: SIMD3(repeating: first - 0.5)), grid.position(ofIndex: SIMD3(repeating: last + 0.5)))
    }
    let (low, high) = edges(1, 3)
    #expect(VoxelBox(between: low, and: high, in: grid) == VoxelBox(x: 1..<4, y: 1..<4, z: 1..<4))
    let (first, all) = edges(0, 100)
    #expect(VoxelBox(between: first, and: all, in: grid) == VoxelBox(wholeOf: grid.size))
  }

  @Test func obliqueGridHoldsEveryPointOfTheBox() throws {
    let grid = try grid([SIMD3(0.36, 0.48, -0.8), SIMD3(-0.8, 0.6, 0), SIMD3(0.48, 0.64, 0.6)])
    let middle = grid.position(ofIndex: SIMD3(3, 2, 3))
    let (low, high) = (middle - SIMD3(1.1, 0.7, 0.4), middle + SIMD3(0.9, 1.2, 0.5))
    let box = try #require(VoxelBox(between: low, and: high, in: grid))
    var (first, last) = (SIMD3(repeating: Int.max), SIMD3(repeating: Int.min))
    for step in 0..<1000 {
      let share = SIMD3(Double(step % 10), Double(step / 10 % 10), Double(step / 100)) / 9
      let index = grid.index(ofPosition: low + (high - low) * share).rounded(.toNearestOrAwayFromZero)
      for axis in 0..<3 {
        first[axis] = min(first[axis], Int(index[axis]))
        last[axis] = max(last[axis], Int(index[axis]))
      }
    }
    #expect(box == VoxelBox(x: first.x..<last.x + 1, y: first.y..<last.y + 1, z: first.z..<last.z + 1))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity]) func cornerThatIsNotFiniteMakesNoBox(_ number: Double) throws {
    let grid = try grid(VolumeGeometry.identityDirection)
    for axis in 0..<3 {
      var corner = SIMD3<Double>(10, 9, 8)
      corner[axis] = number
      #expect(VoxelBox(between: corner, and: SIMD3(12, 12, 12), in: grid) == nil)
    }
  }
}
