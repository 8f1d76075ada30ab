import Volumes

/// Corruptions that change HU and leave grid and labels as they are.
extension CorruptedImage {
  /// Adds noise of 25 to 90 HU, smooth over about a voxel as a reconstruction leaves it.
  static func noise(
    _ original: SyntheticCase, random: inout RandomStream, threads: Int
  ) throws(CorruptionError) -> CorruptedImage {
    let (sd, blur) = (random.uniform(25, 90), random.uniform(0.4, 0.8))
    let source = CounterNoise(seed: original.record.seed, name: "corruption noise voxels")
    var noise = [Float](repeating: 0, count: original.volume.voxels.count)
    noise.withUnsafeMutableBufferPointer { source.fill($0, from: 0) }
    let filter = GaussianFilter(sigma: SIMD3(repeating: blur))
    filter.apply(to: &noise, size: original.volume.size, threads: threads)
    let scale = Float(sd / filter.noiseVariance.squareRoot())
    let voxels = zip(original.volume.voxels, noise).map { Int16(hounsfield: Float($0) + scale * $1) }
    return try CorruptedImage(
      geometry: original.volume.geometry, voxels: voxels, labels: original.labels.labels,
      choices: ["corruption_noise_sd_hu": .number(sd), "corruption_noise_blur_voxels": .number(blur)])
  }

  /// Adds or takes away 30 to 100 HU everywhere.
  static func shift(_ original: SyntheticCase, random: inout RandomStream) throws(CorruptionError) -> CorruptedImage {
    let shift = (random.chance(0.5) ? 1 : -1) * random.uniform(30, 100).rounded()
    let voxels = original.volume.voxels.map { Int16(hounsfield: Float($0) + Float(shift)) }
    return try CorruptedImage(
      geometry: original.volume.geometry, voxels: voxels, labels: original.labels.labels,
      choices: ["corruption_shift_hu": .number(shift)])
  }
}

extension Int16 {
  /// What a scanner stores: whole HU from -1024 to 3071.
  init(hounsfield value: Float) { self = Int16(Swift.min(Swift.max(value.rounded(), -1024), 3071)) }
}
