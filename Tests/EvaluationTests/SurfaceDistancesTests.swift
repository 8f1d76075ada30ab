import Evaluation
import Testing
import Volumes

/// Surface distances against a slow twin that compares every pair of surface voxels.
@Suite struct SurfaceDistancesTests {
  private static let spacings = [SIMD3(1.0, 1, 1), SIMD3(0.7, 0.9, 3.1), SIMD3(2.2, 0.5, 1)]
  private static let sizes = [(1, 1, 1), (1, 7, 1), (13, 1, 5), (9, 11, 7), (17, 4, 3)]

  @Test func agreesWithTheSlowTwin() throws {
    var random = SplitMix(state: 11)
    var worst = 0.0
    var compared = 0
    for (x, y, z) in Self.sizes {
      let size = try #require(VolumeSize(x: x, y: y, z: z))
      for spacing in Self.spacings {
        for density in [0.05, 0.4, 0.9, 1.1] {
          let (one, other) = (random.mask(size, density), random.mask(size, density))
          let found = SurfaceDistances(one, other, spacing: spacing)
          let slow = SlowSurfaces(one, other, spacing: spacing)
          guard let slow else {
            #expect(found == nil)
            continue
          }
          let distances = try #require(found)
          #expect(distances.fromFirst.count == slow.fromFirst.count)
          for (a, b) in zip(distances.fromFirst + distances.fromSecond, slow.fromFirst + slow.fromSecond) {
            worst = max(worst, abs(a - b))
          }
          worst = max(worst, abs(distances.percentile95 - slow.percentile95))
          compared += 1
        }
      }
    }
    #expect(compared > 40)
    // Squares are stored as Float.
    #expect(worst < 1e-5, "worst difference \(worst) mm over \(compared) pairs of masks")
  }

  @Test func knownDistances() throws {
    let size = try #require(VolumeSize(x: 20, y: 3, z: 3))
    var (one, other) = (LabelMap(empty: size), LabelMap(empty: size))
    one.labels[2] = 1
    other.labels[2 + 3] = 9
    let distances = try #require(SurfaceDistances(one, other, spacing: SIMD3(2, 1, 1)))
    #expect(distances.fromFirst == [6] && distances.fromSecond == [6] && distances.percentile95 == 6)
    #expect(distances.surfaceDice(tolerance: 5.9) == 0 && distances.surfaceDice(tolerance: 6) == 1)
    // Two voxels against one of them: distances 6, 0 and 0.
    one.labels[5] = 1
    let half = try #require(SurfaceDistances(one, other, spacing: SIMD3(2, 1, 1)))
    #expect(half.fromFirst.sorted() == [0, 6] && half.fromSecond == [0])
    #expect(abs(half.percentile95 - 5.4) < 1e-12, "0.9 of the way from 0 to 6")
    #expect(half.surfaceDice(tolerance: 2) == 2.0 / 3)
  }

  @Test func insideOfAMaskIsNoSurface() throws {
    let size = try #require(VolumeSize(x: 5, y: 5, z: 5))
    let full = try #require(LabelMap(size: size, labels: [UInt8](repeating: 1, count: 125)))
    let distances = try #require(SurfaceDistances(full, full, spacing: SIMD3(1, 1, 1)))
    // The border of the volume counts as the border of the mask.
    #expect(distances.fromFirst.count == 125 - 27 && distances.percentile95 == 0)
  }

  @Test func qualityOfEmptyMasks() throws {
    let size = try #require(VolumeSize(x: 4, y: 4, z: 4))
    var mask = LabelMap(empty: size)
    let empty = mask
    mask.labels[21] = 1
    let spacing = SIMD3(1.0, 1, 1)
    let missed = try #require(MaskQuality(of: empty, against: mask, spacing: spacing, tolerance: 2))
    #expect(missed.dice == 0 && missed.hd95 == nil && missed.surfaceDice == 0)
    let neither = try #require(MaskQuality(of: empty, against: empty, spacing: spacing, tolerance: 2))
    #expect(neither.dice == 1 && neither.hd95 == nil && neither.surfaceDice == nil)
    let same = try #require(MaskQuality(of: mask, against: mask, spacing: spacing, tolerance: 2))
    #expect(same.dice == 1 && same.hd95 == 0 && same.surfaceDice == 1)
    let other = LabelMap(empty: try #require(VolumeSize(x: 4, y: 4, z: 5)))
    #expect(MaskQuality(of: other, against: mask, spacing: spacing, tolerance: 2) == nil)
  }
}

/// Distances from their definition.
private struct SlowSurfaces {
  let fromFirst: [Double]
  let fromSecond: [Double]

  init?(_ first: LabelMap, _ second: LabelMap, spacing: SIMD3<Double>) {
    let (one, other) = (Self.surface(first), Self.surface(second))
    guard !one.isEmpty, !other.isEmpty else { return nil }
    func nearest(_ voxel: SIMD3<Double>, _ among: [SIMD3<Double>]) -> Double {
      among.map { other in
        let step = (other - voxel) * spacing
        return (step * step).sum().squareRoot()
      }.min() ?? .infinity
    }
    fromFirst = one.map { nearest($0, other) }
    fromSecond = other.map { nearest($0, one) }
  }

  var percentile95: Double {
    let sorted = (fromFirst + fromSecond).sorted()
    let place = 0.95 * Double(sorted.count - 1)
    let (low, high) = (Int(place.rounded(.down)), Int(place.rounded(.up)))
    return sorted[low] * (1 - (place - Double(low))) + sorted[high] * (place - Double(low))
  }

  private static func surface(_ mask: LabelMap) -> [SIMD3<Double>] {
    let size = mask.size
    func isForeground(_ x: Int, _ y: Int, _ z: Int) -> Bool {
      guard 0..<size.x ~= x, 0..<size.y ~= y, 0..<size.z ~= z else { return false }
      return mask.labels[(z * size.y + y) * size.x + x] != 0
    }
    var found: [SIMD3<Double>] = []
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x where isForeground(x, y, z) {
          let neighbours = [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)]
          if neighbours.contains(where: { !isForeground(x + $0.0, y + $0.1, z + $0.2) }) {
            found.append(SIMD3(Double(x), Double(y), Double(z)))
          }
        }
      }
    }
    return found
  }
}

/// Random masks from a fixed seed (SplitMix64).
private struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  mutating func mask(_ size: VolumeSize, _ density: Double) -> LabelMap {
    var mask = LabelMap(empty: size)
    for voxel in mask.labels.indices where Double(next() >> 11) / 0x1p53 < density { mask.labels[voxel] = 3 }
    return mask
  }
}
