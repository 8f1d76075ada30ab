import Testing
import Volumes

@testable import Phantom

/// HU and noise against what was measured on abdominal CT (means, with the spread between patients as tolerance).
struct ImageStatisticsTests {
  /// Mean and sd of the HU of a label's inner voxels (all six neighbours have it too).
  private func statistics(_ phantom: SyntheticCase, _ label: PhantomLabel) -> (mean: Double, sd: Double)? {
    let (size, labels) = (phantom.volume.size, phantom.labels.labels)
    let steps = [1, size.x, size.x * size.y]
    var values: [Double] = []
    for z in 1..<size.z - 1 {
      for y in 1..<size.y - 1 {
        for x in 1..<size.x - 1 {
          let index = (z * size.y + y) * size.x + x
          guard labels[index] == label.rawValue,
            steps.allSatisfy({ labels[index - $0] == label.rawValue && labels[index + $0] == label.rawValue })
          else { continue }
          values.append(Double(phantom.volume.voxels[index]))
        }
      }
    }
    guard values.count > 20 else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot())
  }

  @Test func organsHaveTheHounsfieldUnitsOfTheirPhase() throws {
    var means: [String: [PhantomLabel: [Double]]] = [:]
    var spreads: [Double] = []
    for seed in 0..<10 {
      let phantom = try ParametricPhantom(seed: UInt64(seed)).render(
        size: VolumeSize(x: 52, y: 36, z: 26), spacing: SIMD3(repeating: 6), threads: 2)
      guard case .text(let phase) = phantom.record.choices["phase"] else { continue }
      for label in PhantomLabel.allCases {
        guard let (mean, sd) = statistics(phantom, label) else { continue }
        means[phase, default: [:]][label, default: []].append(mean)
        if label == .liver { spreads.append(sd) }
      }
    }
    let expected: [String: [PhantomLabel: ClosedRange<Double>]] = [
      "native": [
        .liver: 30...60, .spleen: 30...50, .aorta: 34...54, .inferiorVenaCava: 32...52, .gallbladder: -8...22,
        .pancreas: 0...45,
      ],
      "portal-venous": [
        .liver: 78...112, .spleen: 74...108, .aorta: 110...160, .inferiorVenaCava: 80...122, .pancreas: 40...95,
        .portalAndSplenicVein: 110...155, .muscle: 15...65,
      ],
    ]
    for (phase, ranges) in expected {
      for (label, range) in ranges {
        guard let values = means[phase]?[label] else { continue }
        let mean = values.reduce(0, +) / Double(values.count)
        #expect(range.contains(mean), "\(phase) \(label): \(mean) HU, \(values.count) patients")
      }
    }
    #expect(means["native"]?[.liver] != nil && means["portal-venous"]?[.liver] != nil)
    let spread = spreads.reduce(0, +) / Double(spreads.count)
    #expect((7...18).contains(spread), "sd in the liver \(spread) HU")
  }

  @Test func noiseFallsWithTheVoxelsSizeAsMeasured() {
    let scanner = Scanner(seed: 4, traits: PatientTraits(seed: 4))
    let full = scanner.noise(atSpacing: SIMD3(0.7, 0.7, 1))
    let ratio = scanner.noise(atSpacing: SIMD3(repeating: 3)) / full
    #expect((0.55...0.7).contains(ratio), "12 HU at 3 mm for 18 to 20 HU at full resolution, found \(ratio)")
  }

  @Test func noiseHasABandPassSpectrum() throws {
    let scanner = Scanner(seed: 4, traits: PatientTraits(seed: 4))
    let size = try #require(VolumeSize(x: 64, y: 64, z: 10))
    let spacing = SIMD3(0.8, 0.8, 1.5)
    let geometry = try VolumeGeometry(
      size: size, spacing: spacing, origin: .zero, direction: VolumeGeometry.identityDirection)
    let noise = scanner.bandPassNoise(geometry: geometry, threads: 2).map(Double.init)
    let variance = noise.reduce(0) { $0 + $1 * $1 } / Double(noise.count)
    let target = scanner.noise(atSpacing: spacing)
    #expect(abs(variance.squareRoot() / target - 1) < 0.06, "sd \(variance.squareRoot()), asked \(target)")
    // Neighbours are alike, as white noise's are not.
    let neighbours = zip(noise, noise.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / Double(noise.count) / variance
    #expect((0.3...0.9).contains(neighbours), "correlation of neighbours \(neighbours)")
    // Means over 16 x 16 blocks: white noise filtered to the same correlation would keep several times as much.
    func blockVariance(_ values: [Double]) -> Double {
      var sum = 0.0
      for z in 0..<size.z {
        for by in 0..<4 {
          for bx in 0..<4 {
            var block = 0.0
            for y in 0..<16 { for x in 0..<16 { block += values[(z * 64 + by * 16 + y) * 64 + bx * 16 + x] } }
            sum += block * block / 65536
          }
        }
      }
      return sum / Double(size.z * 16)
    }
    var lowPass = (0..<size.voxelCount).map { CounterNoise(seed: 8, name: "white").value(at: UInt64($0)) }
    let filter = GaussianFilter(sigma: SIMD3(scanner.correlation, scanner.correlation, 0.6) / spacing)
    filter.apply(to: &lowPass, size: size, threads: 2)
    let unfiltered = blockVariance(lowPass.map(Double.init)) / filter.noiseVariance
    let share = blockVariance(noise) / variance / unfiltered
    #expect(share < 0.75, "low frequencies keep \(share) of what low-pass noise has")
  }
}
