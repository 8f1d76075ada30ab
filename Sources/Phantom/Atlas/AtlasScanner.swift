import Volumes

/// What the scanner adds: blur and correlated noise in units of its own voxels, and a slow bias.
struct AtlasScanner: Sendable {
  /// Standard deviation of the bias field, HU.
  let biasSD: Double
  private let blur: Double
  private let noiseSD: Double
  private let grain: Double
  private let noise: CounterNoise
  let choices: [String: PhantomRecord.ChoiceValue]

  /// Draws a scanner. Noise is meant at 3 mm and rises for finer voxels by the power 0.4 of the mean spacing, as measured
  /// between 12 HU at 3 mm and 18 HU at 1 x 1 x 2 mm.
  init(seed: UInt64, difficulty: Double, spacing: SIMD3<Double>) {
    var random = RandomStream(seed: seed, name: "atlas.scanner")
    blur = random.uniform(0.35, 0.8)
    grain = random.uniform(0.3, 0.7)
    let atThreeMillimetres = random.uniform(4, 24)
    let meanSpacing = ElementaryFunctions.pow(spacing.x * spacing.y * spacing.z, 1.0 / 3)
    noiseSD = atThreeMillimetres * difficulty * ElementaryFunctions.pow(3 / meanSpacing, 0.4)
    biasSD = random.uniform(0, 7) * difficulty
    noise = CounterNoise(seed: seed, name: "atlas.noise")
    choices = [
      "blur_sd_voxels": .number(blur), "noise_sd_hu": .number(noiseSD), "noise_grain_voxels": .number(grain),
      "bias_sd_hu": .number(biasSD),
    ]
  }

  /// Turns painted HU, [z, y, x], into an image; `hu` is used up.
  func image(_ hu: inout [Float], geometry: VolumeGeometry, bias: SmoothField, threads: Int) -> [Int16] {
    let size = geometry.size
    let plane = size.x * size.y
    GaussianFilter(sigma: SIMD3(repeating: blur)).apply(to: &hu, size: size, threads: threads)

    let filter = GaussianFilter(sigma: SIMD3(repeating: grain))
    let factor = Float(noiseSD / filter.noiseVariance.squareRoot())
    var grains = [Float](repeating: 0, count: size.voxelCount)
    grains.withUnsafeMutableBufferPointer { grains in
      nonisolated(unsafe) let grains = grains
      ParallelSlices.run(count: size.z, threads: threads) { z in
        noise.fill(UnsafeMutableBufferPointer(rebasing: grains[z * plane..<(z + 1) * plane]), from: z * plane)
      }
    }
    filter.apply(to: &grains, size: size, threads: threads)

    let xs = (0..<size.x).map { Float(geometry.origin.x + Double($0) * geometry.spacing.x) }
    var voxels = [Int16](repeating: 0, count: size.voxelCount)
    voxels.withUnsafeMutableBufferPointer { voxels in
      hu.withUnsafeBufferPointer { hu in
        grains.withUnsafeBufferPointer { grains in
          nonisolated(unsafe) let (voxels, hu, grains) = (voxels, hu, grains)
          ParallelSlices.run(count: size.z, threads: threads) { z in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: size.x) { row in
              for y in 0..<size.y {
                let position = geometry.origin + SIMD3(0, Double(y), Double(z)) * geometry.spacing
                bias.fill(row: xs, y: Float(position.y), z: Float(position.z), into: row)
                let start = z * plane + y * size.x
                for x in 0..<size.x {
                  let value = hu[start &+ x] + factor * grains[start &+ x] + row[x]
                  voxels[start &+ x] = Int16(min(max(value, -1024), 3071).rounded(.toNearestOrEven))
                }
              }
            }
          }
        }
      }
    }
    return voxels
  }
}
