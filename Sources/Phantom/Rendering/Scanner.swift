import Volumes

/// What the scanner adds: blur, correlated noise, streaks, whole numbers.
///
/// Noise has the band-pass spectrum of filtered back projection: no power at frequency 0 within a slice, a maximum, and
/// a fall towards the voxel's own frequency. Its sd depends on the voxel's size as averaging makes it: 18 to 20 HU at
/// 0.7 x 0.7 x 1 mm becomes about 12 at 3 mm.
struct Scanner: Sendable {
  let seed: UInt64
  /// Sd of the noise in the middle of the body at full resolution, HU.
  let noise: Double
  /// Sd of the streaks, HU.
  let streaks: Double
  /// Width of the blur, mm.
  let blur: SIMD3<Double>
  /// Width of the noise's correlation, mm.
  let correlation: Double
  /// Where the noise is strongest, and how far it reaches, mm.
  let centre: SIMD2<Double>
  let reach: Double

  init(seed: UInt64, traits: PatientTraits) {
    var random = RandomStream(seed: seed, name: "scanner")
    self.seed = seed
    noise = random.uniform(11, 22) + 5 * traits.subcutaneousFat
    streaks = random.uniform(0.5, 3.5) + 2 * traits.visceralFat
    blur = SIMD3(1, 1, random.uniform(0.8, 1.6)) * random.uniform(0.55, 0.85)
    correlation = random.uniform(0.75, 1.15)
    centre = SIMD2(traits.offset.x, traits.offset.y)
    reach = 150 * traits.scale
  }

  /// For phantom.json.
  var choices: [String: PhantomRecord.ChoiceValue] {
    [
      "noise_sd_full_resolution_hu": .number(noise), "streak_sd_hu": .number(streaks),
      "blur_sd_mm": .list([.number(blur.x), .number(blur.y), .number(blur.z)]),
    ]
  }

  /// Sd of the noise on voxels of a size, HU.
  func noise(atSpacing spacing: SIMD3<Double>) -> Double {
    let edge = ElementaryFunctions.pow(spacing.x * spacing.y * spacing.z, 1.0 / 3)
    return noise / (1 + max(edge - 0.8, 0) * 0.27)
  }

  /// The scanned volume, whole HU, [z, y, x]; `hounsfield` is used up.
  func scan(_ hounsfield: consuming [Float], geometry: VolumeGeometry, threads: Int) -> [Int16] {
    var image = hounsfield
    GaussianFilter(sigma: blur / geometry.spacing).apply(to: &image, size: geometry.size, threads: threads)
    let noise = bandPassNoise(geometry: geometry, threads: threads)
    let profiles = StreakProfiles(seed: seed, sd: streaks, geometry: geometry)
    let size = geometry.size
    let plane = size.x * size.y
    let xs = (0..<size.x).map { Float(geometry.origin.x + Double($0) * geometry.spacing.x) }
    let (centre, falloff) = (SIMD2<Float>(centre), Float(1 / (reach * reach)))
    return [Int16](unsafeUninitializedCapacity: size.voxelCount) { output, count in
      image.withUnsafeBufferPointer { image in
        noise.withUnsafeBufferPointer { noise in
          nonisolated(unsafe) let (output, image, noise) = (output, image, noise)
          ParallelSlices.run(count: size.z, threads: threads) { z in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: size.x) { row in
              for line in 0..<size.y {
                let y = Float(geometry.origin.y + Double(line) * geometry.spacing.y)
                let start = z * plane + line * size.x
                profiles.fill(slice: z, y: y, xs: xs, into: row)
                let dy = y - centre.y
                for x in 0..<size.x {
                  let dx = xs[x] - centre.x
                  let strength = 1.08 - 0.45 * min((dx * dx + dy * dy) * falloff, 1)
                  let value = image[start &+ x] + noise[start &+ x] * strength + row[x]
                  output[start &+ x] = Int16(min(max(value, -1024), 3071).rounded(.toNearestOrEven))
                }
              }
            }
          }
        }
      }
      count = size.voxelCount
    }
  }

  /// Noise of the sd that the spacing asks for, [z, y, x].
  func bandPassNoise(geometry: VolumeGeometry, threads: Int) -> [Float] {
    let size = geometry.size
    let plane = size.x * size.y
    let white = CounterNoise(seed: seed, name: "noise")
    var noise = [Float](repeating: 0, count: size.voxelCount)
    let sigma = SIMD3(correlation, correlation, 0.6 * correlation) / geometry.spacing
    let narrow = GaussianFilter(sigma: sigma)
    // A Gaussian of width a after one of width b is one of width sqrt(a^2 + b^2): three times as wide in the end.
    let wide = GaussianFilter(sigma: SIMD3(sigma.x, sigma.y, 0) * 8.0.squareRoot())
    let share: Float = 0.4
    let target = self.noise(atSpacing: geometry.spacing)
    let scale = Float(target / narrow.bandPassVariance(minus: Double(share), of: wide).squareRoot())
    noise.withUnsafeMutableBufferPointer { noise in
      nonisolated(unsafe) let noise = noise
      ParallelSlices.run(count: size.z, threads: threads) { z in
        white.fill(UnsafeMutableBufferPointer(rebasing: noise[z * plane..<(z + 1) * plane]), from: z * plane)
      }
    }
    narrow.apply(to: &noise, size: size, threads: threads)
    noise.withUnsafeMutableBufferPointer { noise in
      nonisolated(unsafe) let noise = noise
      ParallelSlices.run(count: size.z, threads: threads) { z in
        let slice = UnsafeMutableBufferPointer(rebasing: noise[z * plane..<(z + 1) * plane])
        withUnsafeTemporaryAllocation(of: Float.self, capacity: plane) { low in
          _ = low.update(fromContentsOf: slice)
          wide.blur(slice: low, width: size.x)
          for index in 0..<plane { slice[index] = (slice[index] - share * low[index]) * scale }
        }
      }
    }
    return noise
  }
}
