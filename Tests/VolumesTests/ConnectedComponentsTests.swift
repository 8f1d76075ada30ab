import Testing
import Volumes

/// Slow twin: grows each component voxel by voxel; offsets of its voxels, in the order of the first voxel.
private func floodFill(_ mask: LabelMap) -> [[Int]] {
  let size = mask.size
  var seen = mask.labels.map { $0 == 0 }
  var components: [[Int]] = []
  for seed in seen.indices where !seen[seed] {
    var (component, waiting) = ([Int](), [seed])
    seen[seed] = true
    while let voxel = waiting.popLast() {
      component.append(voxel)
      let (x, y, z) = (voxel % size.x, voxel / size.x % size.y, voxel / size.x / size.y)
      for (dx, dy, dz) in [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)] {
        guard (0..<size.x).contains(x + dx), (0..<size.y).contains(y + dy), (0..<size.z).contains(z + dz) else {
          continue
        }
        let neighbour = ((z + dz) * size.y + y + dy) * size.x + x + dx
        guard !seen[neighbour] else { continue }
        seen[neighbour] = true
        waiting.append(neighbour)
      }
    }
    components.append(component)
  }
  return components
}

@Suite struct ConnectedComponentsTests {
  private func map(_ x: Int, _ y: Int, _ z: Int, _ labels: [UInt8]) throws -> LabelMap {
    let size = try #require(VolumeSize(x: x, y: y, z: z))
    return try #require(LabelMap(size: size, labels: labels))
  }

  @Test func randomMasksHaveTheComponentsOfAFloodFill() throws {
    var generator = MaskGenerator(seed: 5)
    for size in try MaskGenerator.sizes() {
      for density in [0, 0.1, 0.3, 0.5, 0.7, 0.95, 1] {
        let mask = generator.mask(size, density: density)
        #expect(
          ConnectedComponents(of: mask).sizes == floodFill(mask).map(\.count), "size \(size), density \(density)")
      }
    }
  }

  @Test func keptComponentsAreThoseOfAFloodFillWithTheirLabels() throws {
    var generator = MaskGenerator(seed: 6)
    for size in try MaskGenerator.sizes() {
      for ratio in [0.01, 0.5, 1] {
        let mask = generator.mask(size, density: 0.35)
        let components = floodFill(mask)
        let largest = components.map(\.count).max() ?? 0
        var expected = LabelMap(empty: size)
        for voxel in components.filter({ Double($0.count) >= ratio * Double(largest) }).joined() {
          expected.labels[voxel] = mask.labels[voxel]
        }
        #expect(mask.keepingComponents(ofAtLeast: ratio) == expected, "size \(size), ratio \(ratio)")
      }
    }
  }

  @Test func armsThatMeetLateAreOneComponent() throws {
    // A comb: four teeth along y that only its back joins, so that runs are linked long after they are found.
    let comb = try map(7, 3, 1, [1, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1])
    #expect(ConnectedComponents(of: comb).sizes == [15])
  }

  @Test func voxelsThatShareAnEdgeOrACornerAreApart() throws {
    let edge = try map(2, 2, 1, [1, 0, 0, 1])
    #expect(ConnectedComponents(of: edge).sizes == [1, 1])
    let corner = try map(2, 2, 2, [1, 0, 0, 0, 0, 0, 0, 1])
    #expect(ConnectedComponents(of: corner).sizes == [1, 1])
  }

  @Test func rowsSeparatedByAnEmptyRowOrSliceAreApart() throws {
    #expect(try ConnectedComponents(of: map(1, 3, 1, [1, 0, 1])).sizes == [1, 1])
    #expect(try ConnectedComponents(of: map(1, 1, 3, [1, 0, 1])).sizes == [1, 1])
  }

  @Test func componentsOfExactlyTheRatioAreKept() throws {
    let mask = try map(9, 1, 1, [1, 1, 1, 1, 0, 1, 1, 0, 1])
    #expect(try mask.keepingComponents(ofAtLeast: 0.5) == map(9, 1, 1, [1, 1, 1, 1, 0, 1, 1, 0, 0]))
  }
}

@Suite struct ForegroundRunTests {
  @Test func runsCoverTheForegroundOnceInOrderAndAreAsLongAsPossible() throws {
    var generator = MaskGenerator(seed: 7)
    for size in try MaskGenerator.sizes() {
      for density in [0, 0.02, 0.5, 1] {
        let mask = generator.mask(size, density: density)
        var covered: [Int] = []
        var ends: [Int] = []
        mask.forEachForegroundRun { run in
          let row = (run.z * size.y + run.y) * size.x
          covered += run.x.map { row + $0 }
          if run.x.upperBound < size.x { ends.append(row + run.x.upperBound) }
        }
        #expect(covered == mask.labels.indices.filter { mask.labels[$0] != 0 })
        #expect(ends.allSatisfy { mask.labels[$0] == 0 })
      }
    }
  }
}
