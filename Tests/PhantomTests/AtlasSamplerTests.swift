import Testing
import Volumes

@testable import Phantom

/// The sampler against its definition, written with dictionaries and loops.
@Suite struct AtlasSamplerTests {
  private let anatomy: AtlasAnatomy
  private let points: [SIMD3<Float>]

  init() throws {
    let table = try AtlasTable(json: AtlasFixture.json(AtlasFixture.entries()))
    anatomy = try AtlasAnatomy(labels: AtlasFixture.labels(), geometry: AtlasFixture.geometry(), table: table)
    var random = RandomStream(seed: 1, name: "points")
    points = (0..<4000).map { _ in
      SIMD3(Float(random.uniform(-110, 110)), Float(random.uniform(-95, 95)), Float(random.uniform(-75, 75)))
    }
  }

  /// The eight voxels around a point and their weights.
  private func corners(_ point: SIMD3<Float>) -> [(index: Int, weight: Double)] {
    var found: [(Int, Double)] = []
    let position = (SIMD3<Double>(point) + anatomy.reach) / anatomy.spacing
    let last = [anatomy.size.x - 1, anatomy.size.y - 1, anatomy.size.z - 1]
    let inside = (0..<3).map { min(max(position[$0], 0), Double(last[$0])) }
    let cell = (0..<3).map { min(Int(inside[$0]), last[$0] - 1) }
    for corner in 0..<8 {
      let bits = [corner & 1, corner >> 1 & 1, corner >> 2]
      let weight = (0..<3).reduce(1.0) { product, axis in
        let fraction = inside[axis] - Double(cell[axis])
        return product * (bits[axis] == 1 ? fraction : 1 - fraction)
      }
      let index = ((cell[2] + bits[2]) * anatomy.size.y + cell[1] + bits[1]) * anatomy.size.x + cell[0] + bits[0]
      found.append((index, weight))
    }
    return found
  }

  @Test func theVoteIsWonByTheLargestSumOfWeights() {
    let pancreas = AtlasPancreas(seed: 1, anatomy: anatomy)
    anatomy.withSampler(pancreas: pancreas) { sampler in
      for point in points {
        var sums: [UInt8: Double] = [:]
        for (index, weight) in corners(point) { sums[anatomy.ids[index], default: 0] += weight }
        let most = sums.values.max() ?? 0
        let vote = sampler.vote(at: sampler.place(point))
        // Float's rounding may decide a tie.
        #expect((sums[vote] ?? 0) > most - 1e-5, "\(point)")
      }
    }
  }

  @Test func distancesAreInterpolatedLinearly() {
    let pancreas = AtlasPancreas(seed: 2, anatomy: anatomy)
    var worst = 0.0
    anatomy.withSampler(pancreas: pancreas) { sampler in
      for point in points {
        let place = sampler.place(point)
        let around = corners(point)
        func interpolated(_ value: (Int) -> Float) -> Double { around.reduce(0) { $0 + $1.1 * Double(value($1.0)) } }
        let measures = sampler.measures(at: place)
        let differences = [
          Double(measures.depth) - interpolated { anatomy.measures[$0].depth },
          Double(measures.skinDepth) - interpolated { anatomy.measures[$0].skinDepth },
          Double(sampler.pancreasDistance(at: place)) - interpolated { pancreas.distances[$0] },
        ]
        worst = differences.reduce(worst) { max($0, abs($1)) }
      }
    }
    #expect(worst < 1e-3, "worst difference \(worst) mm")
  }

  @Test func loopsOfAHollowOrganAreMeasuredEachForItself() throws {
    // Two loops in one slice, a single voxel in the next.
    let size = try #require(VolumeSize(x: 5, y: 4, z: 2))
    var ids = [UInt8](repeating: 0, count: 40)
    for (x, y) in [(0, 0), (0, 1), (0, 2), (1, 2), (3, 1), (3, 2), (3, 3)] { ids[y * 5 + x] = 6 }
    ids[20 + 2 * 5 + 2] = 6
    let heights = AtlasLumenHeights.measure(ids: ids, size: size, hollow: [6])
    #expect([0, 5, 10, 11].map { heights[$0] } == [0, 0.5, 1, 1])
    #expect([8, 13, 18].map { heights[$0] } == [0, 0.5, 1])
    #expect(heights[32] == 0)
    #expect(heights.reduce(0, +) == 4)
  }

  @Test func bonesThatShareALabelAreOneTissue() {
    #expect(!anatomy.ids.contains(AtlasFixture.Value.rib))
    #expect(anatomy.ids.contains(AtlasFixture.Value.bone))
  }

  @Test func mappingARowAgreesWithTheLinearPartWhereThereIsNoWarp() {
    let pose = AtlasPose(seed: 3, difficulty: 0, reach: anatomy.reach)
    AtlasRow.withMemory(xs: [-30, 0, 12.5]) { row in
      pose.map(row: row.xs, y: 7, z: -11, scratch: row.scratch, into: row.points)
      #expect(Array(row.points.x) == [-30, 0, 12.5])
      #expect(Array(row.points.y) == [7, 7, 7])
      #expect(Array(row.points.z) == [-11, -11, -11])
    }
  }
}
