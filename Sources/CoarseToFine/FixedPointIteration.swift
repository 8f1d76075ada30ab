public import Volumes

/// Algorithm 1 of Zhou et al. 2017 around a predictor: a coarse mask, then fine rounds until the mask stops changing.
///
/// 1. Z(0): the coarse networks on every slice of the three views, fused.
/// 2. For t = 1 ... T: boxes from Z(t-1) (`InputRegion`), the fine networks on the boxes, fused and filtered: Z(t);
///    stop when d(t) = DSC(Z(t-1), Z(t)) passes R.
/// 3. Z* = the last mask.
///
/// A pure function of the predictor's answers: same answers, same bits. Memory at the peak: about twelve bytes a voxel
/// (five for the fusion, three each for Z(t-1) and Z(t) with probability and views), and one round's fine predictions.
public struct FixedPointIteration: Sendable {
  private let profile: Profile
  private let size: VolumeSize
  /// Coronal, sagittal, axial: the order of every sum.
  private let planes: [SlicePlane]
  private let measured: VoxelBox?
  private let temperatures: Temperatures
  private let memoBytes: Int

  /// Z(t) and what it was fused from.
  private struct Estimate {
    let mask: LabelMap
    let probability: [UInt8]
    /// nil where no temperature changes the probability.
    let temperedProbability: [UInt8]?
    let viewMasks: ViewMasks?
    /// Mean of the views' probabilities; empty where no network looks at it.
    let meanProbability: [Float]

    init(mask: LabelMap, probability: [UInt8], viewMasks: ViewMasks?, meanProbability: [Float]) {
      (self.mask, self.probability, self.viewMasks) = (mask, probability, viewMasks)
      (self.meanProbability, temperedProbability) = (meanProbability, nil)
    }

    init(_ fusion: ViewFusion, mask: LabelMap, keepsMean: Bool) {
      (self.mask, probability, viewMasks) = (mask, fusion.probability(), fusion.viewMasks)
      temperedProbability = fusion.temperedProbability()
      meanProbability = keepsMean ? fusion.meanProbability() : []
    }
  }

  /// Checks the profile, and that `planes` has each view once, in any order.
  ///
  /// d(t) is taken over `measured` alone, nil meaning the whole volume: voxels that only pad a short volume must not
  /// decide whether the mask still changes. `temperatures` touch the returned probability alone. Of a round's predictions
  /// at most `memoBytes` are kept for the next one. Throws `profileOutOfRange`, `planesIncomplete` or `boxOutsideVolume`.
  public init(
    profile: Profile, planes: [SlicePlane], size: VolumeSize, measured: VoxelBox? = nil,
    temperatures: Temperatures = .none, memoBytes: Int = .max
  ) throws(CoarseToFineError) {
    try profile.validate()
    let inOrder = View.allCases.compactMap { view in planes.first { $0.view == view } }
    guard planes.count == View.allCases.count, inOrder.count == planes.count else {
      throw CoarseToFineError(
        code: .planesIncomplete,
        message: "slice planes are given for \(planes.map(\.view.rawValue)), expected each of "
          + "\(View.allCases.map(\.rawValue)) once; correct the bundle's manifest")
    }
    if let measured, Axis.allCases.contains(where: { !(0..<size[$0]).contains(measured[$0]) }) {
      throw CoarseToFineError(
        code: .boxOutsideVolume, message: "the measured box \(measured) does not lie inside \(size)")
    }
    (self.profile, self.size, self.planes, self.measured) = (profile, size, inOrder, measured)
    (self.temperatures, self.memoBytes) = (temperatures, memoBytes)
  }

  /// The whole algorithm, from the coarse pass on.
  ///
  /// `didFinish` is called after every pass. `willStartRound`, when given, is called before every fine round with the mean
  /// of the views' probabilities of Z(t-1), [z, y, x]: for networks that look at it beside the image (RSTN). A slice's
  /// output then depends on more than its box, so that none is reused; it costs 4 bytes a voxel more.
  /// Throws what `predict` or `checkpoint` throws, or `predictionMismatch`.
  public func run(
    predict: PredictCrops, willStartRound: (([Float]) throws -> Void)? = nil, checkpoint: @escaping Checkpoint,
    didFinish: (RoundSnapshot) throws -> Void = { _ in }
  ) throws -> FixedPointResult {
    var fusion = ViewFusion(size: size, temperatures: temperatures)
    let boxes = planes.map { plane in
      [BoundingBox?](
        repeating: BoundingBox(wholeOf: plane.sliceSize(in: size)), count: plane.sliceCount(in: size))
    }
    var noMemos = [SliceMemo?](repeating: nil, count: planes.count)
    let sampled = planes.map { profile.coarseSampling.slices(of: $0.sliceCount(in: size)) }
    try runViews(
      .coarse, round: 0, boxes: boxes, missing: sampled, memos: &noMemos, fusion: &fusion,
      predict: predict, checkpoint: checkpoint)
    let coarse = Estimate(fusion, mask: fusion.mask(profile.coarseFusion), keepsMean: willStartRound != nil)
    try didFinish(RoundSnapshot(stage: .coarse, round: nil, mask: coarse.mask, viewMasks: coarse.viewMasks))
    return try iterate(
      from: coarse, fusion: &fusion, predict: predict, checkpoint: checkpoint, willStartRound: willStartRound,
      didFinish: didFinish)
  }

  /// The fine rounds alone, from a given Z(0) in place of the coarse pass: a box drawn by hand, or a truth for the
  /// paper's oracle boxes.
  ///
  /// A given mask counts as the probability 0 or 1. Throws `maskSizeMismatch`, and what `run` from the start throws.
  public func run(
    from initialMask: LabelMap, predict: PredictCrops, willStartRound: (([Float]) throws -> Void)? = nil,
    checkpoint: @escaping Checkpoint, didFinish: (RoundSnapshot) throws -> Void = { _ in }
  ) throws -> FixedPointResult {
    guard initialMask.size == size, initialMask.labels.count == size.voxelCount else {
      throw CoarseToFineError(
        code: .maskSizeMismatch,
        message: "the initial mask has \(initialMask.size.x) x \(initialMask.size.y) x \(initialMask.size.z) voxels, "
          + "expected the volume's \(size.x) x \(size.y) x \(size.z); resample it to the volume's grid")
    }
    var binary = initialMask
    binary.labels = initialMask.labels.map { $0 == 0 ? 0 : 1 }
    let given = Estimate(
      mask: binary, probability: binary.labels.map { $0 == 0 ? 0 : 255 }, viewMasks: nil,
      meanProbability: willStartRound == nil ? [] : binary.labels.map(Float.init))
    var fusion = ViewFusion(size: size, temperatures: temperatures)
    return try iterate(
      from: given, fusion: &fusion, predict: predict, checkpoint: checkpoint, willStartRound: willStartRound,
      didFinish: didFinish)
  }

  /// Steps 2 and 3 of the algorithm. Consumes Z(0), so that only its mask stays in memory beside the later ones.
  private func iterate(
    from start: consuming Estimate, fusion: inout ViewFusion, predict: PredictCrops, checkpoint: @escaping Checkpoint,
    willStartRound: (([Float]) throws -> Void)?, didFinish: (RoundSnapshot) throws -> Void
  ) throws -> FixedPointResult {
    let coarseVoxels = start.mask.foregroundCount
    let coarseMask = start.mask
    let coarseAgreement = start.viewMasks?.agreement
    var estimate = start
    var rounds: [Round] = []
    let emptyMemos = planes.map {
      SliceMemo?.some(SliceMemo(sliceCount: $0.sliceCount(in: size), capacity: memoBytes / planes.count))
    }
    var memos = emptyMemos
    var end = coarseVoxels == 0 ? FixedPointResult.End.empty : nil
    while end == nil, rounds.count < profile.maximumRounds {
      if let willStartRound {
        try willStartRound(estimate.meanProbability)
        memos = emptyMemos
      }
      let region = InputRegion(enclosing: estimate.mask)
      let boxes = planes.map {
        region.boxes(in: $0, neighbourhood: profile.inputRegion, margin: profile.margin)
      }
      let unchanged = memos.map { $0?.boxes } == boxes
      let missing = memos.indices.map { memos[$0]?.move(to: boxes[$0]) ?? [] }
      // With no box changed, Z(t) = Z(t-1): nothing to compute, nothing to fuse.
      let next =
        unchanged
        ? estimate
        : try fineRound(
          rounds.count + 1, boxes: boxes, missing: missing, memos: &memos, fusion: &fusion, predict: predict,
          checkpoint: checkpoint, keepsMean: willStartRound != nil)
      let computed = missing.reduce(0) { $0 + $1.count }
      let round = Round(
        number: rounds.count + 1,
        // Never nil: both masks have the volume's size, and the box was checked.
        diceToPrevious: diceCoefficient(estimate.mask, next.mask, within: measured) ?? 0,
        voxels: next.mask.foregroundCount, slicesComputed: computed,
        slicesReused: boxes.joined().count { $0 != nil } - computed)
      rounds.append(round)
      try didFinish(RoundSnapshot(stage: .fine, round: round, mask: next.mask, viewMasks: next.viewMasks))
      if round.voxels == 0 {
        end = .collapsed
      } else {
        estimate = next
        end = profile.stops(at: round.diceToPrevious) ? .converged : nil
      }
    }
    return FixedPointResult(
      mask: estimate.mask, probability: estimate.temperedProbability ?? estimate.probability,
      plainProbability: estimate.probability, viewMasks: estimate.viewMasks,
      coarseVoxels: coarseVoxels, coarseAgreement: coarseAgreement,
      coarseDice: coarseAgreement == nil ? nil : diceCoefficient(coarseMask, estimate.mask, within: measured),
      finalAgreement: estimate.viewMasks?.agreement, rounds: rounds, end: end ?? .roundsUsedUp)
  }

  /// Z(t) from the boxes of Z(t-1).
  private func fineRound(
    _ round: Int, boxes: [[BoundingBox?]], missing: [[Int]], memos: inout [SliceMemo?], fusion: inout ViewFusion,
    predict: PredictCrops, checkpoint: @escaping Checkpoint, keepsMean: Bool
  ) throws -> Estimate {
    fusion.reset(for: .fine)
    try runViews(
      .fine, round: round, boxes: boxes, missing: missing, memos: &memos, fusion: &fusion, predict: predict,
      checkpoint: checkpoint)
    let fused = fusion.mask(profile.fineFusion)
    let mask = profile.componentRatio.map { ComponentFilter(ratio: $0).apply(to: fused) } ?? fused
    return Estimate(fusion, mask: mask, keepsMean: keepsMean)
  }

  /// One pass over the three views.
  private func runViews(
    _ stage: Stage, round: Int, boxes: [[BoundingBox?]], missing: [[Int]], memos: inout [SliceMemo?],
    fusion: inout ViewFusion, predict: PredictCrops, checkpoint: @escaping Checkpoint
  ) throws {
    let total = missing.reduce(0) { $0 + $1.count }
    var doneBefore = 0
    for (index, plane) in planes.enumerated() {
      let before = doneBefore
      let pass = ViewPass(
        plane: plane, stage: stage, boxes: boxes[index], missing: missing[index], size: size,
        channels: profile.slicesPredicted, sampling: stage == .coarse ? profile.coarseSampling : .everySlice
      ) { arrived in
        try checkpoint(
          RunProgress(stage: stage, round: round, view: plane.view, slicesDone: before + arrived, slicesTotal: total))
      }
      try pass.run(memo: &memos[index], fusion: &fusion, predict: predict)
      doneBefore += missing[index].count
    }
  }
}
