import CoarseToFine
import Networks
import Volumes

/// Answers the algorithm's "predict this crop": cuts the crop and its neighbours out of the working volume, windows
/// them, and runs the network of its stage and view; crops spread over the worker threads.
struct CropPredictor {
  let volume: Volume
  let window: IntensityWindow
  let networks: NetworkStore
  let workers: SliceWorkers
  let control: MeteredControl
  /// Whether a network stays loaded after its pass.
  var keepsNetworks = true

  /// `PredictCrops` of CoarseToFine: results arrive in the order of `crops`, on the calling thread, with the same bits
  /// for any number of threads. Stops before the next slice when the caller cancels.
  func predict(
    _ stage: Stage, _ crops: [Crop], _ consume: (Int, CropProbabilities) throws -> Void
  ) throws {
    guard let first = crops.first else { return }
    try control.checkCancellation()
    let key = NetworkStore.Key(stage: stage, view: first.plane.view)
    let network = try networks.network(key)
    defer { if !keepsNetworks { networks.forget(key) } }
    let input = CropInput(volume: volume, window: window, channels: network.description.inputChannels)
    let isCancelled = control.isCancelled
    let ending = try workers.forEachOrdered(
      count: crops.count, shouldStop: { isCancelled() },
      work: { index, workspace in
        let crop = crops[index]
        let size = crop.box.size
        return try network.predict(input.tensor(of: crop), rows: size.rows, columns: size.columns, workspace: workspace)
      },
      consume: { index, values in
        guard
          let probabilities = CropProbabilities(
            channels: network.description.outputChannels, size: crops[index].box.size, values: values)
        else {
          throw SegmentationError(code: .internal, description: "a network returned \(values.count) values for a crop")
        }
        try consume(index, probabilities)
      })
    if ending == .stopped { throw RunControl.Cancelled() }
  }
}

/// The network's input for a crop: neighbouring slices of the working volume, windowed.
struct CropInput: Sendable {
  let volume: Volume
  let window: IntensityWindow
  /// 3: slices j - 1, j, j + 1, the border slice repeated at the ends; 1: slice j alone.
  let channels: Int

  /// Network input, [channels, rows, columns] of the crop's box, columns fastest.
  func tensor(of crop: Crop) -> [Float] {
    let size = crop.box.size
    let plane = crop.plane
    let last = plane.sliceCount(in: volume.size) - 1
    let columnStride = volume.size.stride(along: plane.columnAxis)
    return volume.voxels.withUnsafeBufferPointer { voxels in
      [Float](unsafeUninitializedCapacity: channels * size.pixelCount) { tensor, initialized in
        for channel in 0..<channels {
          let slice = min(max(crop.slice + channel - channels / 2, 0), last)
          for row in 0..<size.rows {
            let offset = plane.offset(
              slice: slice, row: crop.box.rows.lowerBound + row, column: crop.box.columns.lowerBound, in: volume.size)
            let start = (channel * size.rows + row) * size.columns
            window.fill(
              UnsafeMutableBufferPointer(rebasing: tensor[start..<start + size.columns]), from: voxels, offset: offset,
              stride: columnStride)
          }
        }
        initialized = channels * size.pixelCount
      }
    }
  }
}
