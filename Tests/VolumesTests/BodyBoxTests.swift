import Testing

@testable import Volumes

/// Opening and components voxel by voxel, from their definitions.
private struct ReferenceMask {
  let size: VolumeSize
  var isSet: [Bool]

  static let neighbours: [SIMD3<Int>] = [[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]]

  func contains(_ index: SIMD3<Int>) -> Bool {
    guard index.x >= 0, index.x < size.x, index.y >= 0, index.y < size.y, index.z >= 0, index.z < size.z else {
      return false
    }
    return isSet[size.offset(index)]
  }

  func opened(_ iterations: Int) -> ReferenceMask {
    var mask = self
    for pass in 0..<2 * iterations {
      let previous = mask
      mask.isSet = size.indices.map { index in
        let around = ([.zero] + Self.neighbours).map { previous.contains(index &+ $0) }
        return pass < iterations ? around.allSatisfy { $0 } : around.contains(true)
      }
    }
    return mask
  }

  func largestComponent() -> [SIMD3<Int>] {
    var left = isSet
    var largest: [SIMD3<Int>] = []
    for start in size.indices where left[size.offset(start)] {
      var component: [SIMD3<Int>] = []
      var open = [start]
      left[size.offset(start)] = false
      while let voxel = open.popLast() {
        component.append(voxel)
        for next in Self.neighbours.map({ voxel &+ $0 }) where contains(next) && left[size.offset(next)] {
          left[size.offset(next)] = false
          open.append(next)
        }
      }
      if component.count > largest.count { largest = component }
    }
    return largest
  }
}

@Suite struct BodyBoxTests {
  private func volume(_ size: VolumeSize, _ hounsfield: (SIMD3<Int>) -> Int16) throws -> Volume {
    try #require(Volume(geometry: try grid(size), voxels: size.indices.map(hounsfield)))
  }

  @Test func openingAndLargestComponentFollowTheirDefinitions() throws {
    var generator = SeededGenerator(seed: 17)
    var compared = 0
    for (shape, radius, share) in [
      (try size(1, 1, 1), 0, 0.5), (try size(7, 5, 3), 0, 0.4), (try size(13, 7, 9), 1, 0.9),
      (try size(63, 3, 5), 0, 0.6), (try size(64, 5, 3), 1, 0.97), (try size(65, 7, 4), 1, 0.95),
      (try size(130, 4, 4), 0, 0.3), (try size(31, 13, 13), 2, 0.99), (try size(67, 17, 15), 3, 0.995),
    ] {
      for _ in 0..<4 {
        let volume = try volume(shape) { _ in Double.random(in: 0..<1, using: &generator) < share ? 40 : -300 }
        let mask = ReferenceMask(size: shape, isSet: volume.voxels.map { $0 > -300 }).opened(radius)
        var bits = VoxelBits(of: volume, above: -300)
        bits.open(iterations: radius)
        var found = [Bool](repeating: false, count: shape.voxelCount)
        bits.forEachForegroundRun { run in
          for x in run.x { found[shape.offset([x, run.y, run.z])] = true }
        }
        #expect(found == mask.isSet, "\(shape), radius \(radius)")
        let component = mask.largestComponent()
        let box = BodyBox(openingRadius: radius, margin: 0, axes: [.x, .y, .z]).box(in: volume)
        guard let first = component.first else {
          #expect(box == nil)
          continue
        }
        let lower = component.reduce(first) { pointwiseMin($0, $1) }
        let upper = component.reduce(first) { pointwiseMax($0, $1) }
        let wanted = VoxelBox(x: lower.x..<upper.x + 1, y: lower.y..<upper.y + 1, z: lower.z..<upper.z + 1)
        #expect(box == wanted, "\(shape), radius \(radius)")
        compared += 1
      }
    }
    #expect(compared >= 20)
  }

  @Test func bodyIsFoundBesideTableAndAir() throws {
    // A body of 20 x 14, a table of two rows below it, joined by a strap one voxel wide.
    let volume = try volume(try size(40, 34, 12)) { index in
      let isBody = (8..<28).contains(index.x) && (6..<20).contains(index.y)
      let isTable = (26..<28).contains(index.y)
      let isStrap = index.x == 15 && (20..<26).contains(index.y)
      return isBody || isTable || isStrap ? 0 : -1000
    }
    // The strap's first voxel stays: the cross reaches it from inside the body.
    let box = try #require(BodyBox().box(in: volume))
    #expect(box == VoxelBox(x: 5..<31, y: 3..<24, z: 0..<12))
    let all = try #require(BodyBox(margin: 0, axes: [.x, .y, .z]).box(in: volume))
    #expect(all == VoxelBox(x: 8..<28, y: 6..<21, z: 0..<12))
    let unopened = try #require(BodyBox(openingRadius: 0, margin: 100, axes: [.y]).box(in: volume))
    #expect(unopened == VoxelBox(wholeOf: volume.size))
  }

  @Test func marginEndsAtTheVolumesBorder() throws {
    let volume = try volume(try size(9, 9, 9)) { _ in 0 }
    #expect(BodyBox(margin: .max, axes: [.x, .y, .z]).box(in: volume) == VoxelBox(wholeOf: volume.size))
  }

  @Test func noBodyGivesNoBox() throws {
    let shape = try size(13, 13, 13)
    #expect(BodyBox().box(in: try volume(shape) { _ in -300 }) == nil)
    // Two slices are thinner than the opening.
    #expect(BodyBox().box(in: try volume(shape) { $0.z < 2 ? 40 : -1000 }) == nil)
  }
}
