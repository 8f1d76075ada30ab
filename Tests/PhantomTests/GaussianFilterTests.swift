import Foundation
import Phantom
import Testing
import Volumes

struct GaussianFilterTests {
  /// The filter from its formula: every voxel a sum over the whole kernel, borders repeated.
  private func referenceBlur(_ voxels: [Float], size: VolumeSize, sigma: SIMD3<Double>) -> [Double] {
    let kernels = (0..<3).map { axis -> [Int: Double] in
      guard sigma[axis] >= 0.05 else { return [0: 1] }
      let radius = max(1, Int((3 * sigma[axis]).rounded(.up)))
      let values = (-radius...radius).map { ($0, exp(-0.5 * Double($0 * $0) / (sigma[axis] * sigma[axis]))) }
      let sum = values.reduce(0) { $0 + $1.1 }
      return Dictionary(uniqueKeysWithValues: values.map { ($0.0, $0.1 / sum) })
    }
    func clamp(_ value: Int, _ count: Int) -> Int { min(max(value, 0), count - 1) }
    var result = [Double]()
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          var sum = 0.0
          for (k, wz) in kernels[2] {
            for (j, wy) in kernels[1] {
              let row = (clamp(z + k, size.z) * size.y + clamp(y + j, size.y)) * size.x
              for (i, wx) in kernels[0] { sum += wx * wy * wz * Double(voxels[row + clamp(x + i, size.x)]) }
            }
          }
          result.append(sum)
        }
      }
    }
    return result
  }

  @Test(arguments: [
    (1, 1, 1, SIMD3(1.0, 1, 1)), (7, 5, 3, SIMD3(0.8, 0.4, 0.6)), (1, 9, 2, SIMD3(2, 1.1, 0)),
    (11, 1, 4, SIMD3(0, 0.7, 1.3)),
  ])
  func blurAgreesWithItsFormula(x: Int, y: Int, z: Int, sigma: SIMD3<Double>) throws {
    let size = try #require(VolumeSize(x: x, y: y, z: z))
    let noise = CounterNoise(seed: 9, name: "blur")
    let voxels = (0..<size.voxelCount).map { 100 * noise.value(at: UInt64($0)) }
    let expected = referenceBlur(voxels, size: size, sigma: sigma)
    for threads in [1, 3] {
      var blurred = voxels
      GaussianFilter(sigma: sigma).apply(to: &blurred, size: size, threads: threads)
      let worst = zip(blurred, expected).map { abs(Double($0) - $1) }.max() ?? 0
      #expect(worst < 1e-4, "worst difference \(worst)")
    }
  }

  @Test func noiseVarianceIsWhatIsLeftOfWhiteNoise() throws {
    let size = try #require(VolumeSize(x: 40, y: 40, z: 24))
    let noise = CounterNoise(seed: 2, name: "white")
    var voxels = (0..<size.voxelCount).map { noise.value(at: UInt64($0)) }
    let filter = GaussianFilter(sigma: SIMD3(0.9, 0.7, 0.5))
    filter.apply(to: &voxels, size: size, threads: 2)
    let variance = voxels.reduce(0.0) { $0 + Double($1 * $1) } / Double(voxels.count)
    #expect(abs(variance / filter.noiseVariance - 1) < 0.1)
  }
}
