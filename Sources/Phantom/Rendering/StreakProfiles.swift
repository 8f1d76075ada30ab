import Volumes

/// Straight streaks through a slice: families of parallel lines at some angles, each with a random profile.
struct StreakProfiles: Sendable {
  private let directions: [(cosine: Float, sine: Float)]
  /// HU, [family, slice, sample].
  private let profiles: [Float]
  private let sliceCount: Int
  private static let sampleCount = 400
  /// Distance of the samples of a profile, mm.
  private static let step: Float = 2

  /// `sd` is that of all families together, HU. Streaks keep over about 6 mm along z.
  init(seed: UInt64, sd: Double, geometry: VolumeGeometry) {
    var random = RandomStream(seed: seed, name: "streaks")
    let families = random.integer(in: 4..<10)
    sliceCount = geometry.size.z
    var directions: [(cosine: Float, sine: Float)] = []
    var profiles = [Float](repeating: 0, count: families * sliceCount * Self.sampleCount)
    let keyHeight = 6.0
    for family in 0..<families {
      // Most streaks run from side to side, where the body is longest.
      let angle = family < 3 ? random.normal(0, 0.12) : random.uniform(0, Double.pi)
      directions.append((Float(ElementaryFunctions.cos(angle)), Float(ElementaryFunctions.sin(angle))))
      let noise = CounterNoise(seed: seed, name: "streaks \(family)")
      let scale = Float(sd / Double(families).squareRoot() * 1.5)
      for z in 0..<sliceCount {
        // Profiles belong to heights in millimetres, so that they do not depend on the grid.
        let height = (geometry.origin.z + Double(z) * geometry.spacing.z + 2000) / keyHeight
        let key = Int(height)
        let t = Float(height - Double(key))
        for sample in 0..<Self.sampleCount {
          func value(_ key: Int) -> Float {
            let index = UInt64(key * Self.sampleCount + sample)
            return 0.5 * noise.value(at: index) + 0.5 * noise.value(at: index + 1)
          }
          profiles[(family * sliceCount + z) * Self.sampleCount + sample] =
            scale * ((1 - t) * value(key) + t * value(key + 1))
        }
      }
    }
    (self.directions, self.profiles) = (directions, profiles)
  }

  /// The sum of all families along a row, HU.
  func fill(slice: Int, y: Float, xs: [Float], into row: UnsafeMutableBufferPointer<Float>) {
    row.update(repeating: 0)
    let last = Float(Self.sampleCount - 2)
    profiles.withUnsafeBufferPointer { profiles in
      xs.withUnsafeBufferPointer { xs in
        for (family, direction) in directions.enumerated() {
          let start = (family * sliceCount + slice) * Self.sampleCount
          let offset = y * direction.cosine / Self.step + last / 2
          let slope = direction.sine / Self.step
          for index in 0..<row.count {
            let t = min(max(xs[index] * slope + offset, 0), last)
            let sample = Int(t)
            let fraction = t - Float(sample)
            let (a, b) = (profiles[start &+ sample], profiles[start &+ sample &+ 1])
            row[index] += a + fraction * (b - a)
          }
        }
      }
    }
  }
}
