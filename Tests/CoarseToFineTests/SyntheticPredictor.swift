import CoarseToFine
import Testing
import Volumes

/// A stand-in for the networks: a smooth function of the voxel's place with noise of its own for each view and stage,
/// and a little influence of the crop's box, so that another box gives another answer.
struct SyntheticPredictor {
  let size: VolumeSize
  let channels: Int
  let seed: UInt64
  /// How far the noise reaches: 0.2 gives one round blob, 1 scattered islands.
  var noise: Float = 0.2
  /// How strongly a fine crop's box changes its probabilities.
  var boxInfluence: Float = 0.02
  /// Added to every fine probability.
  var fineOffset: Float = 0

  /// The probability at one pixel. The slice may lie one outside of the volume, where the answer must not matter.
  func probability(_ stage: Stage, _ crop: Crop, channel: Int, row: Int, column: Int) -> Float {
    let slice = crop.slice + channel - channels / 2
    var place = SIMD3<Float>(repeating: 0)
    place[crop.plane.view.sliceAxis.rawValue] = Float(slice)
    place[crop.plane.rowAxis.rawValue] = Float(row)
    place[crop.plane.columnAxis.rawValue] = Float(column)
    let extent = SIMD3<Float>(Float(size.x), Float(size.y), Float(size.z))
    let distance = ((place + 0.5) / extent - SIMD3(0.45, 0.5, 0.55)) * SIMD3(2.5, 3, 2.2)
    let shape = 1 - (distance * distance).sum()
    let key =
      seed ^ UInt64(slice + 1) << 40 ^ UInt64(row) << 20 ^ UInt64(column) << 1
      ^ UInt64(Stage.allCases.firstIndex(of: stage) ?? 0) << 60 ^ UInt64(crop.plane.view.sliceAxis.rawValue) << 56
      ^ UInt64(channel) << 52
    var generator = SeededGenerator(seed: key)
    let jitter = Float(generator.next() >> 40) / Float(1 << 24) - 0.5
    let boxTerm = stage == .fine ? Float((crop.box.rows.count * 7 + crop.box.columns.count * 3) % 5 - 2) : 0
    let value = shape * 0.8 + jitter * noise + boxTerm * boxInfluence + (stage == .fine ? fineOffset : 0)
    return min(1, max(0, value))
  }

  /// The network's answer for one crop.
  func predict(_ stage: Stage, _ crop: Crop) throws -> CropProbabilities {
    var values: [Float] = []
    for channel in 0..<channels {
      for row in crop.box.rows {
        for column in crop.box.columns {
          values.append(probability(stage, crop, channel: channel, row: row, column: column))
        }
      }
    }
    return try #require(CropProbabilities(channels: channels, size: crop.box.size, values: values))
  }

  /// The closure that the iteration takes.
  var predictCrops: PredictCrops {
    { stage, crops, consume in
      for (index, crop) in crops.enumerated() { try consume(index, predict(stage, crop)) }
    }
  }
}
