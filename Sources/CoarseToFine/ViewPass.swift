import Volumes

/// One view of one pass: asks the predictor about the missing slices and folds all slices, in order, into the fusion.
struct ViewPass {
  let plane: SlicePlane
  let stage: Stage
  /// The box of every slice of the view, nil for a slice that is skipped.
  let boxes: [BoundingBox?]
  /// The slices to predict, ascending. The others come from the memo, or are skipped.
  let missing: [Int]
  let size: VolumeSize
  /// C of the profile.
  let channels: Int
  /// The slices of a coarse pass that stand for the others; the missing ones are then these.
  var sampling = CoarseSampling.everySlice
  /// Called before the predictor with 0, then with the number of slices that have arrived; may throw to end the run.
  let sliceArrived: (Int) throws -> Void

  /// Runs the view.
  ///
  /// New predictions are kept in `memo`, when there is one: the coarse pass has none, whole slices would fill memory.
  func run(memo: inout SliceMemo?, fusion: inout ViewFusion, predict: PredictCrops) throws {
    let isSparse = sampling != .everySlice
    var accumulation = SliceAccumulation(
      sliceCount: boxes.count, slice: plane.sliceSize(in: size), channels: channels,
      centers: isSparse && channels > 1 ? missing : nil)
    var interpolation = isSparse && channels == 1 ? SliceInterpolation(sliceCount: boxes.count) : nil
    func fold(_ prediction: CropProbabilities, slice: Int, box: BoundingBox) {
      accumulation.add(prediction, slice: slice, box: box) { slice, box, probabilities in
        fusion.add(plane, slice: slice, box: box, probabilities: probabilities)
      }
    }
    var nextSlice = 0
    func foldReused(before end: Int) {
      while nextSlice < end {
        if let prediction = memo?[nextSlice], let box = boxes[nextSlice] {
          fold(prediction, slice: nextSlice, box: box)
        }
        nextSlice += 1
      }
    }

    let crops = missing.compactMap { slice in
      boxes[slice].map { Crop(plane: plane, slice: slice, box: $0) }
    }
    var arrived = 0
    if !crops.isEmpty {
      try sliceArrived(0)
      try predict(stage, crops) { index, prediction in
        guard index == arrived, index < crops.count else {
          throw mismatch("crop \(arrived) of \(crops.count)", found: "crop \(index)")
        }
        let crop = crops[index]
        guard prediction.channels == channels, prediction.size == crop.box.size else {
          throw mismatch(
            "\(channels) x \(crop.box.size.rows) x \(crop.box.size.columns) values for slice \(crop.slice)",
            found: "\(prediction.channels) x \(prediction.size.rows) x \(prediction.size.columns)")
        }
        foldReused(before: crop.slice)
        if interpolation == nil {
          fold(prediction, slice: crop.slice, box: crop.box)
        } else {
          interpolation?.add(prediction, slice: crop.slice) { fold($0, slice: $1, box: crop.box) }
        }
        nextSlice = crop.slice + 1
        memo?[crop.slice] = prediction
        arrived += 1
        try sliceArrived(arrived)
      }
    }
    guard arrived == crops.count else { throw mismatch("\(crops.count) crops", found: "\(arrived)") }
    foldReused(before: boxes.count)
    if let box = crops.last?.box { interpolation?.finish { fold($0, slice: $1, box: box) } }
    accumulation.finish { slice, box, probabilities in
      fusion.add(plane, slice: slice, box: box, probabilities: probabilities)
    }
  }

  private func mismatch(_ expected: String, found: String) -> CoarseToFineError {
    CoarseToFineError(
      code: .predictionMismatch,
      message: "the \(stage.rawValue) \(plane.view.rawValue) network answered \(found), expected \(expected); "
        + "check that the network's output channels are those of the profile")
  }
}
