/// Fills the slices between computed ones: p = a + w (b - a) between two, the nearest one's before the first and after
/// the last.
///
/// Predictions come in ascending slice order, all of one size and with one map; each is handed on with those before it.
struct SliceInterpolation {
  private let sliceCount: Int
  private var last: (slice: Int, prediction: CropProbabilities)?

  init(sliceCount: Int) { self.sliceCount = sliceCount }

  /// Hands out every slice up to this one that was not handed out yet.
  mutating func add(_ prediction: CropProbabilities, slice: Int, handOut: (CropProbabilities, Int) -> Void) {
    if let last {
      for between in last.slice + 1..<slice {
        let weight = Float(between - last.slice) / Float(slice - last.slice)
        handOut(last.prediction.mixed(with: prediction, weight: weight), between)
      }
    } else {
      for before in 0..<slice { handOut(prediction, before) }
    }
    handOut(prediction, slice)
    last = (slice, prediction)
  }

  /// Hands out the slices behind the last one.
  func finish(handOut: (CropProbabilities, Int) -> Void) {
    guard let last else { return }
    for after in last.slice + 1..<sliceCount { handOut(last.prediction, after) }
  }
}

extension CropProbabilities {
  /// This one's values moved by `weight` of the way to `other`'s, which has the same shape.
  fileprivate func mixed(with other: CropProbabilities, weight: Float) -> CropProbabilities {
    let mixed = zip(values, other.values).map { $0 + weight * ($1 - $0) }
    return CropProbabilities(channels: channels, size: size, values: mixed) ?? self
  }
}
