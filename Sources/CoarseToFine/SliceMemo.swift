import Volumes

/// One view's predictions of the last fine round, for the slices whose box stays the same.
///
/// Exact: a slice's output depends on the volume and on its box alone, so the same box gives the same output.
struct SliceMemo {
  /// The box of each slice in the last round, nil where it was skipped.
  private(set) var boxes: [BoundingBox?]
  private var predictions: [CropProbabilities?]
  /// Bytes that may be kept, and those that are; what does not fit is computed again in the next round.
  private let capacity: Int
  private var byteCount = 0

  /// Before the first round nothing is known.
  init(sliceCount: Int, capacity: Int = .max) {
    self.capacity = capacity
    boxes = [BoundingBox?](repeating: nil, count: sliceCount)
    predictions = [CropProbabilities?](repeating: nil, count: sliceCount)
  }

  /// Takes over the boxes of a new round, forgets predictions for other boxes and returns the slices that now need one.
  mutating func move(to newBoxes: [BoundingBox?]) -> [Int] {
    for slice in newBoxes.indices where newBoxes[slice] != boxes[slice] { self[slice] = nil }
    boxes = newBoxes
    return newBoxes.indices.filter { newBoxes[$0] != nil && predictions[$0] == nil }
  }

  /// The prediction for a slice's box, nil when the slice is skipped or not predicted yet.
  subscript(slice: Int) -> CropProbabilities? {
    get { predictions[slice] }
    set {
      byteCount -= predictions[slice].map(Self.bytes) ?? 0
      let fits = newValue.map { Self.bytes($0) <= capacity - byteCount } ?? false
      predictions[slice] = fits ? newValue : nil
      byteCount += predictions[slice].map(Self.bytes) ?? 0
    }
  }

  private static func bytes(_ prediction: CropProbabilities) -> Int {
    prediction.values.count * MemoryLayout<Float>.size
  }
}
