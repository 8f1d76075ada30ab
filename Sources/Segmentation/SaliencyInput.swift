import CoarseToFine
import Networks
import Volumes

/// The mean probability of the round before, [z, y, x]: handed from the iteration to the networks that look at it.
///
/// Written between passes and read at the beginning of one, both on the thread that runs the iteration.
final class PreviousRound {
  /// Empty until a round needs it.
  var probability: [Float] = []
}

/// What RSTN's fine networks do to their input: image times saliency of the previous round's probabilities.
struct SaliencyInput: Sendable {
  let transform: SaliencyTransform
  /// [z, y, x] of the working volume.
  let probability: [Float]
  let size: VolumeSize

  /// Multiplies the image of a crop, [channels, rows, columns], by its saliency.
  func apply(to image: inout [Float], of crop: Crop) throws(NetworkError) {
    guard probability.count == size.voxelCount else {
      throw NetworkError(
        code: .impossibleInput,
        message: "network input: \(probability.count) probabilities of the previous round, "
          + "\(size.voxelCount) voxels expected")
    }
    let slice = crop.plane.sliceSize(in: size)
    let rows = transform.input(for: crop.box.rows, within: slice.rows)
    let columns = transform.input(for: crop.box.columns, within: slice.columns)
    try transform.apply(
      to: &image, rows: crop.box.rows, columns: crop.box.columns, sliceRows: slice.rows, sliceColumns: slice.columns,
      probabilities: neighbours(of: crop, rows: rows, columns: columns))
  }

  /// [channels, rows, columns] of the slices j - 1, j, j + 1 (or j alone), the border slice repeated as the image's is.
  private func neighbours(of crop: Crop, rows: Range<Int>, columns: Range<Int>) -> [Float] {
    let last = crop.plane.sliceCount(in: size) - 1
    let stride = size.stride(along: crop.plane.columnAxis)
    var values: [Float] = []
    values.reserveCapacity(transform.channels * rows.count * columns.count)
    for channel in 0..<transform.channels {
      let slice = min(max(crop.slice + channel - transform.channels / 2, 0), last)
      for row in rows {
        var voxel = crop.plane.offset(slice: slice, row: row, column: columns.lowerBound, in: size)
        for _ in columns {
          values.append(probability[voxel])
          voxel += stride
        }
      }
    }
    return values
  }
}
