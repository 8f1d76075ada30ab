import CoarseToFine
import Testing
import Volumes

/// How runs end, with predictors simple enough to know the answer.
@Suite struct FixedPointOutcomeTests {
  /// A predictor that answers 1 in the columns x that `foreground` names for the stage and the round, 0 elsewhere.
  private func columns(
    _ log: Log = Log(), foreground: @escaping (_ stage: Stage, _ round: Int) -> Range<Int>
  ) -> PredictCrops {
    { stage, crops, consume in
      if stage == .fine, crops.first?.plane.view == .coronal { log.round += 1 }
      log.crops.append(crops)
      let wanted = foreground(stage, log.round)
      for (index, crop) in crops.enumerated() {
        let plane = crop.plane
        let values = crop.box.rows.flatMap { row in
          crop.box.columns.map { column -> Float in
            let x = plane.view == .sagittal ? crop.slice : plane.rowAxis == .x ? row : column
            return wanted.contains(x) ? 1 : 0
          }
        }
        try consume(index, #require(CropProbabilities(channels: 1, size: crop.box.size, values: values)))
      }
    }
  }

  /// What the predictor was asked.
  private final class Log {
    var crops: [[Crop]] = []
    var round = 0
  }

  private let profile = Profile.paper.with { ($0.slicesPredicted, $0.margin) = (1, 20) }

  private func iteration(_ profile: Profile, _ size: VolumeSize) throws -> FixedPointIteration {
    try FixedPointIteration(profile: profile, planes: paperPlanes(), size: size)
  }

  /// Columns `x` in every row and slice.
  private func slab(_ size: VolumeSize, x: Range<Int>) -> LabelMap {
    var mask = LabelMap(empty: size)
    for voxel in mask.labels.indices where x.contains(voxel % size.x) { mask.labels[voxel] = 1 }
    return mask
  }

  @Test func changesOutsideTheMeasuredBoxDoNotCount() throws {
    let size = try volumeSize(12, 5, 4)
    // The mask grows from 4 columns to 6; the measured box sees only the 4.
    let predict = columns { stage, _ in stage == .coarse ? 2..<6 : 2..<8 }
    let box = try #require(VoxelBox(x: 0..<6, y: 0..<5, z: 0..<4))
    let measured = try FixedPointIteration(profile: profile, planes: paperPlanes(), size: size, measured: box)
      .run(predict: predict, checkpoint: { _ in })
    #expect(measured.rounds.map(\.diceToPrevious) == [1] && measured.end == .converged)
    let whole = try iteration(profile, size).run(predict: predict, checkpoint: { _ in })
    #expect(whole.rounds.first?.diceToPrevious == 0.8)
    #expect(measured.mask == slab(size, x: 2..<8) && whole.mask == slab(size, x: 2..<8))
  }

  @Test func emptyCoarseMaskEndsAsEmptyWithoutFineRounds() throws {
    let size = try volumeSize(6, 5, 4)
    let log = Log()
    let result = try iteration(profile, size)
      .run(predict: columns(log) { _, _ in 0..<0 }, checkpoint: { _ in })
    #expect(result.end == .empty && result.mask.isEmpty && result.rounds.isEmpty && result.coarseVoxels == 0)
    #expect(log.crops.count == 3)
    #expect(result.coarseAgreement?.mean == 1)
  }

  @Test func emptyInitialMaskEndsAsEmptyWithoutAnyPrediction() throws {
    let size = try volumeSize(6, 5, 4)
    let log = Log()
    let result = try iteration(profile, size)
      .run(from: LabelMap(empty: size), predict: columns(log) { _, _ in 0..<6 }, checkpoint: { _ in })
    #expect(result.end == .empty && result.rounds.isEmpty && log.crops.isEmpty)
    #expect(result.viewMasks == nil && result.finalAgreement == nil)
  }

  @Test func emptyMaskEndsIterationAsCollapsedWithThePreviousMask() throws {
    let size = try volumeSize(6, 5, 4)
    // Without a margin the boxes of round 2 are narrower than those of round 1, so that the networks are asked again.
    let predict = columns { stage, round in stage == .coarse ? 1..<4 : round == 1 ? 2..<4 : 0..<0 }
    let result = try iteration(profile.with { $0.margin = 0 }, size).run(predict: predict, checkpoint: { _ in })
    #expect(result.end == .collapsed)
    #expect(result.mask == slab(size, x: 2..<4))
    #expect(result.probability == result.mask.labels.map { $0 * 255 })
    #expect(result.viewMasks?.bits == result.mask.labels.map { $0 * 7 })
    #expect(result.finalAgreement?.minimum == 1)
    #expect(result.rounds.map(\.voxels) == [40, 0])
    #expect(result.rounds.map(\.diceToPrevious) == [0.8, 0])
  }

  @Test func collapseInTheFirstRoundFromAMaskReturnsThatMask() throws {
    let size = try volumeSize(6, 5, 4)
    let given = slab(size, x: 1..<3)
    let result = try iteration(profile, size)
      .run(from: given, predict: columns { _, _ in 0..<0 }, checkpoint: { _ in })
    #expect(result.end == .collapsed && result.mask == given && result.viewMasks == nil)
    #expect(result.probability == given.labels.map { $0 * 255 })
  }

  @Test func noRoundsReturnTheCoarseMask() throws {
    let size = try volumeSize(6, 5, 4)
    let predict = columns { _, _ in 1..<4 }
    let result = try iteration(profile.with { $0.maximumRounds = 0 }, size).run(predict: predict, checkpoint: { _ in })
    #expect(result.end == .roundsUsedUp && result.rounds.isEmpty && result.mask == slab(size, x: 1..<4))
  }

  @Test(arguments: Profile.StopComparison.allCases)
  func exactlyTheThresholdStopsOnlyWhenReachingIsEnough(_ comparison: Profile.StopComparison) throws {
    // From 3 columns to 2 of them: d(1) = 4 / 5, exactly the threshold; then nothing changes: d(2) = 1.
    let size = try volumeSize(6, 5, 4)
    let profile = profile.with { ($0.threshold, $0.stopComparison) = (0.8, comparison) }
    let predict = columns { stage, _ in stage == .coarse ? 1..<4 : 2..<4 }
    let result = try iteration(profile, size).run(predict: predict, checkpoint: { _ in })
    #expect(result.end == .converged)
    #expect(result.rounds.map(\.diceToPrevious) == (comparison == .reaching ? [0.8] : [0.8, 1]))
  }

  @Test func unchangedBoxesComputeNothingAndGiveDiceOne() throws {
    // A margin as large as the volume: the boxes are whole slices, except for sagittal slices that fall empty.
    let size = try volumeSize(6, 5, 4)
    let log = Log()
    let predict = columns(log) { stage, _ in stage == .coarse ? 1..<4 : 2..<4 }
    let result = try iteration(profile.with { ($0.threshold, $0.maximumRounds) = (1, 4) }, size)
      .run(predict: predict, checkpoint: { _ in })
    // Round 1: 5 coronal, 3 sagittal, 4 axial slices. Round 2: sagittal slice 1 is skipped. Then nothing changes.
    #expect(result.rounds.map(\.slicesComputed) == [12, 0, 0, 0])
    #expect(result.rounds.map(\.slicesReused) == [0, 11, 11, 11])
    #expect(result.rounds.map(\.diceToPrevious) == [0.8, 1, 1, 1])
    #expect(result.end == .roundsUsedUp)
    #expect(log.crops.map(\.count) == [5, 6, 4, 5, 3, 4])
  }

  @Test func onlySlicesWithAnotherBoxArePredictedAgain() throws {
    let size = try volumeSize(12, 5, 4)
    let log = Log()
    let predict = columns(log) { stage, round in stage == .coarse ? 4..<6 : 4..<6 + round }
    let profile = profile.with { ($0.margin, $0.threshold, $0.maximumRounds) = (1, 1, 3) }
    let result = try iteration(profile, size).run(predict: predict, checkpoint: { _ in })
    // The mask grows by one column a round: all coronal (5) and axial (4) boxes get wider; sagittal boxes span y and z
    // and stay, so that only the new column's slice is predicted.
    #expect(result.rounds.map(\.slicesComputed) == [11, 10, 10])
    #expect(result.rounds.map(\.slicesReused) == [0, 2, 3])
    #expect(log.crops.map(\.count) == [5, 12, 4, 5, 2, 4, 5, 1, 4, 5, 1, 4])
    #expect(result.mask == slab(size, x: 4..<9))
  }

  @Test func cropsComeOnceForEachViewInAscendingOrderInsideTheSlices() throws {
    let size = try volumeSize(9, 8, 7)
    let predictor = SyntheticPredictor(size: size, channels: 3, seed: 2, noise: 0.7)
    let profile = Profile.paper.with { ($0.margin, $0.maximumRounds, $0.threshold) = (1, 3, 1) }
    var asked: [(stage: Stage, crops: [Crop])] = []
    _ = try iteration(profile, size).run(
      predict: { stage, crops, consume in
        asked.append((stage, crops))
        try predictor.predictCrops(stage, crops, consume)
      }, checkpoint: { _ in })
    #expect(asked.prefix(3).map(\.stage) == [.coarse, .coarse, .coarse])
    #expect(asked.prefix(3).map(\.crops.count) == [8, 9, 7])
    #expect(asked.prefix(3).compactMap { $0.crops.first?.plane.view } == [.coronal, .sagittal, .axial])
    #expect(asked.dropFirst(3).allSatisfy { $0.stage == .fine })
    for (_, crops) in asked {
      #expect(!crops.isEmpty && Set(crops.map(\.plane)).count == 1)
      #expect(zip(crops, crops.dropFirst()).allSatisfy { $0.slice < $1.slice })
      #expect(crops.allSatisfy { $0.box.lies(within: $0.plane.sliceSize(in: size)) })
    }
  }
}
