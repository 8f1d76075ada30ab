package import CoarseToFine
package import Networks
package import Volumes

/// Answers the algorithm's "predict this crop": cuts the crop and its neighbours out of the working volume, windows
/// them, and runs the network of its stage and view; crops spread over the worker threads.
package struct CropPredictor {
  let volume: Volume
  let window: IntensityWindow
  let networks: NetworkStore
  let precision: Precision
  /// Value of the organ that the run finds.
  let label: Int
  let workers: SliceWorkers
  let control: RunControl
  /// What the fine networks of RSTN see beside the image.
  let previous: PreviousRound
  /// Whether a network stays loaded after its pass.
  let keepsNetworks: Bool

  package init(
    volume: Volume, window: IntensityWindow, networks: NetworkStore, precision: Precision = .float32, label: Int,
    workers: SliceWorkers, control: RunControl
  ) {
    self.init(
      volume: volume, window: window, networks: networks, precision: precision, label: label, workers: workers,
      control: control, previous: PreviousRound())
  }

  init(
    volume: Volume, window: IntensityWindow, networks: NetworkStore, precision: Precision, label: Int,
    workers: SliceWorkers, control: RunControl, previous: PreviousRound, keepsNetworks: Bool = true
  ) {
    (self.volume, self.window, self.networks, self.precision) = (volume, window, networks, precision)
    (self.label, self.workers, self.control, self.previous) = (label, workers, control, previous)
    self.keepsNetworks = keepsNetworks
  }

  /// `PredictCrops` of CoarseToFine: results arrive in the order of `crops`, on the calling thread, with the same bits
  /// for any number of threads. Stops before the next slice when the caller cancels.
  package func predict(
    _ stage: Stage, _ crops: [Crop], _ consume: (Int, CropProbabilities) throws -> Void
  ) throws {
    guard let first = crops.first else { return }
    try control.checkCancellation()
    let key = NetworkStore.Key(stage: stage, view: first.plane.view, label: label)
    let network = try networks.network(key, precision)
    defer { if !keepsNetworks { networks.forget(key) } }
    let input = CropInput(volume: volume, window: window, channels: network.description.inputChannels)
    // Read on this thread: the workers see a copy that no round changes.
    let saliency = try networks.saliency(key).map {
      SaliencyInput(transform: $0, probability: previous.probability, size: volume.size)
    }
    let isCancelled = control.isCancelled
    let ending = try workers.forEachOrdered(
      count: crops.count, shouldStop: { isCancelled() },
      work: { index, workspace in
        let crop = crops[index]
        let size = crop.box.size
        var tensor = input.tensor(of: crop)
        try saliency?.apply(to: &tensor, of: crop)
        return try network.predict(tensor, rows: size.rows, columns: size.columns, workspace: workspace)
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
package struct CropInput: Sendable {
  let volume: Volume
  let window: IntensityWindow
  /// 3: slices j - 1, j, j + 1, the border slice repeated at the ends; 1: slice j alone.
  let channels: Int

  package init(volume: Volume, window: IntensityWindow, channels: Int) {
    (self.volume, self.window, self.channels) = (volume, window, channels)
  }

  /// Network input, [channels, rows, columns] of the crop's box, columns fastest.
  package func tensor(of crop: Crop) -> [Float] {
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
