import Foundation
import Testing
import Volumes

@testable import Confidence

/// The features of mask and probability against their formulas, written voxel by voxel.
@Suite struct MaskFeatureTests {
  /// A run whose every voxel is random, on a grid whose outermost x layers are padding.
  private func evidence(_ seed: UInt64, foreground: Int) throws -> MaskEvidence {
    var generator = Seeded(seed)
    let size = try #require(VolumeSize(x: 9, y: 7, z: 5))
    let geometry = try VolumeGeometry(
      size: size, spacing: SIMD3(2, 3, 5), origin: .zero, direction: VolumeGeometry.identityDirection)
    var labels = [UInt8](repeating: 0, count: size.voxelCount)
    for z in 0..<5 {
      for y in 0..<7 {
        for x in 1..<8 where Int.random(in: 0..<100, using: &generator) < foreground {
          labels[(z * 7 + y) * 9 + x] = 1
        }
      }
    }
    let voxels = labels.map { _ in Int16.random(in: -200...300, using: &generator) }
    return MaskEvidence(
      volume: try #require(Volume(geometry: geometry, voxels: voxels)),
      mask: try #require(LabelMap(size: size, labels: labels)),
      probability: labels.map { _ in UInt8.random(in: 0...255, using: &generator) },
      viewBits: labels.map { _ in UInt8.random(in: 0...7, using: &generator) },
      box: try #require(VoxelBox(x: 1..<8, y: 0..<7, z: 0..<5)))
  }

  /// The formulas of docs/confidence.md, a loop for each.
  private func slow(_ e: MaskEvidence) -> [Feature: Double] {
    var inBox: [(x: Int, y: Int, z: Int, index: Int)] = []
    for z in e.box.z { for y in e.box.y { for x in e.box.x { inBox.append((x, y, z, (z * 7 + y) * 9 + x)) } } }
    let mask = inBox.filter { e.mask.labels[$0.index] != 0 }
    let n = Double(mask.count)
    func p(_ index: Int) -> Double { Double(e.probability[index]) / 255 }
    func sum(_ values: [Double]) -> Double { values.reduce(0, +) }
    let undecided = inBox.map { p($0.index) }.filter { $0 > 0.02 && $0 < 0.98 }
    let entropy = sum(undecided.map { (p: Double) -> Double in -p * log(p) - (1 - p) * log(1 - p) })
    let inside = sum(mask.map { p($0.index) })
    let everywhere = sum(inBox.map { p($0.index) })
    let hounsfield = mask.map { Double(e.volume.voxels[$0.index]) }
    let mean = sum(hounsfield) / n
    let spread = sum(hounsfield.map { (value: Double) -> Double in (value - mean) * (value - mean) }) / n
    let isMask = Set(mask.map(\.index))
    let steps: [(Int, Int, Int)] = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]
    func isOutside(_ x: Int, _ y: Int, _ z: Int) -> Bool {
      guard e.box.x.contains(x), e.box.y.contains(y), e.box.z.contains(z) else { return true }
      return !isMask.contains((z * 7 + y) * 9 + x)
    }
    let surface = mask.count { v in steps.contains { isOutside(v.x + $0.0, v.y + $0.1, v.z + $0.2) } }
    let outermost: [Set<Int>] = [[1, 7], [0, 6], [0, 4]]
    let border = mask.count { v in
      outermost[0].contains(v.x) || outermost[1].contains(v.y) || outermost[2].contains(v.z)
    }
    let any = e.viewBits?.count { $0 != 0 } ?? 0
    let all = e.viewBits?.count { $0 == 7 } ?? 0
    return [
      .softDice: 2 * inside / (everywhere + n), .entropy: entropy / n,
      .meanProbability: inside / n, .volume: n * 0.03, .hounsfieldMean: mean, .hounsfieldSpread: spread.squareRoot(),
      .surfaceShare: Double(surface) / n, .borderContact: Double(border) / n, .unanimity: Double(all) / Double(any),
      .largestComponent: Double(ConnectedComponents(of: e.mask).sizes.max() ?? 0) / n,
    ]
  }

  @Test(arguments: [(1, 10), (2, 35), (3, 70), (4, 100)]) func featuresFollowTheirFormulas(
    _ seed: Int, _ foreground: Int
  ) throws {
    let evidence = try evidence(UInt64(seed), foreground: foreground)
    let found = RunFeatures(evidence)
    let expected = slow(evidence)
    for (feature, value) in expected {
      let measured = try #require(found[feature], "\(feature)")
      #expect(abs(measured - value) < 1e-9 * max(1, abs(value)), "\(feature): \(measured), expected \(value)")
    }
    #expect(found.byName.count == expected.count)
  }

  @Test func anEmptyMaskHasNoFeatures() throws {
    #expect(RunFeatures(try evidence(1, foreground: 0)).byName.isEmpty)
  }

  @Test func aGivenMaskWithoutViewsHasNoUnanimity() throws {
    let e = try evidence(5, foreground: 30)
    let given = RunFeatures(
      MaskEvidence(volume: e.volume, mask: e.mask, probability: e.probability, viewBits: nil, box: e.box))
    #expect(given[.unanimity] == nil && given[.softDice] != nil)
  }
}
