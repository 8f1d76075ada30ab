import Volumes

/// Averages the overlapping predictions of one view: slice j gets what the crops of j - 1, j and j + 1 say about it.
///
/// With C = 3 a slice has three predictions, two at the ends, one in a volume of one slice. The divisor is always that
/// number, also where a neighbour was skipped and says nothing: this damps growth to about one slice a round. With
/// C = 1 the crop's middle slice is all there is.
///
/// A pass that takes only some slices (`CoarseSampling`) names them: then the divisor is the number of predictions that
/// it gives a slice.
///
/// Crops come in ascending slice order, so a slice is handed out as soon as no later crop can reach it: only C slices
/// are held, never a volume. Sums are Float32 in slice order, hence the same bits on every run.
struct SliceAccumulation {
  /// Receives a finished slice: its number, the box outside of which every probability is 0, and the probabilities of
  /// the whole slice, [rows, columns] row-major.
  typealias HandOut = (_ slice: Int, _ box: BoundingBox, _ probabilities: UnsafeBufferPointer<Float>) -> Void

  private let sliceCount: Int
  private let slice: SliceSize
  private let channels: Int
  /// [channels, rows, columns]: slice s is summed up in place s % channels; 0 outside of `touched`.
  private var sums: [Float]
  /// The box that crops have written to, for each place.
  private var touched: [BoundingBox?]
  /// The first slice that is not handed out yet.
  private var nextSlice = 0
  /// How many predictions a slice is divided by.
  private let divisors: [Float]

  /// `channels` is C, an odd number; `centers` are the slices of a pass that takes only some, nil for one that takes all.
  init(sliceCount: Int, slice: SliceSize, channels: Int, centers: [Int]? = nil) {
    (self.sliceCount, self.slice, self.channels) = (sliceCount, slice, channels)
    let reach = channels / 2
    var contributions = [Float](repeating: 0, count: sliceCount)
    for center in centers ?? Array(0..<sliceCount) {
      for target in max(center - reach, 0)...min(center + reach, sliceCount - 1) { contributions[target] += 1 }
    }
    divisors = contributions
    sums = [Float](repeating: 0, count: channels * slice.pixelCount)
    touched = [BoundingBox?](repeating: nil, count: channels)
  }

  /// How many slices to each side a crop speaks about.
  private var reach: Int { channels / 2 }

  /// Adds the prediction of the crop `box` of slice `center`; slices must ascend, shapes must have been checked.
  mutating func add(_ prediction: CropProbabilities, slice center: Int, box: BoundingBox, handOut: HandOut) {
    precondition(prediction.channels == channels && prediction.size == box.size && box.lies(within: slice))
    precondition(center >= nextSlice && center < sliceCount)
    handOutSlices(before: center - reach, handOut)
    for channel in 0..<channels {
      let target = center + channel - reach
      guard target >= 0, target < sliceCount else { continue }
      let place = target % channels
      touched[place] = touched[place]?.union(box) ?? box
      sums.withUnsafeMutableBufferPointer { sums in
        prediction.values.withUnsafeBufferPointer { values in
          var source = channel * box.size.pixelCount
          for row in box.rows {
            let base = place * slice.pixelCount + row * slice.columns
            for column in box.columns {
              sums[base + column] += values[source]
              source += 1
            }
          }
        }
      }
    }
  }

  /// Hands out what is left. To be called once, after the last crop.
  mutating func finish(handOut: HandOut) { handOutSlices(before: sliceCount, handOut) }

  private mutating func handOutSlices(before end: Int, _ handOut: HandOut) {
    while nextSlice < end {
      defer { nextSlice += 1 }
      let place = nextSlice % channels
      guard let box = touched[place] else { continue }
      touched[place] = nil
      let divisor = divisors[nextSlice]
      sums.withUnsafeMutableBufferPointer { sums in
        let whole = UnsafeMutableBufferPointer(
          rebasing: sums[place * slice.pixelCount..<(place + 1) * slice.pixelCount])
        for row in box.rows {
          for pixel in row * slice.columns + box.columns.lowerBound..<row * slice.columns + box.columns.upperBound {
            whole[pixel] /= divisor
          }
        }
        handOut(nextSlice, box, UnsafeBufferPointer(whole))
        for row in box.rows {
          whole[row * slice.columns + box.columns.lowerBound..<row * slice.columns + box.columns.upperBound]
            .update(repeating: 0)
        }
      }
    }
  }
}
