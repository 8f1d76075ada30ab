import CoarseToFine
import Testing
import Volumes

@Suite struct FixedPointIterationTests {
  /// Both named profiles, with margins that leave something outside in small volumes, and the full ones.
  private static let profiles: [Profile] = [Profile.paper, .release111].flatMap { profile in
    [profile, profile.with { $0.margin = 1 }, profile.with { ($0.margin, $0.threshold) = (0, 0.999) }]
  }

  /// Runs the iteration and its slow twin, compares every bit, and returns the result.
  @discardableResult
  private func compare(
    _ profile: Profile, _ planes: [SlicePlane], _ size: VolumeSize, _ predictor: SyntheticPredictor
  ) throws -> FixedPointResult {
    let fast = try FixedPointIteration(profile: profile, planes: planes, size: size)
      .run(predict: predictor.predictCrops, checkpoint: { _ in })
    let slow = try SlowFixedPoint(profile: profile, planes: planes, size: size, predictor: predictor).run()
    let context: Comment = "\(profile), \(size), \(predictor)"
    #expect(fast.mask.labels == slow.mask, context)
    #expect(fast.probability == slow.probability, context)
    #expect(fast.viewMasks?.bits == slow.viewBits, context)
    #expect(fast.rounds.map(\.number) == Array(1..<slow.dice.count + 1), context)
    #expect(fast.rounds.map(\.diceToPrevious) == slow.dice, context)
    #expect(fast.rounds.map(\.voxels) == slow.voxels, context)
    #expect(fast.rounds.map(\.slicesComputed) == slow.computed, context)
    #expect(fast.rounds.map(\.slicesReused) == slow.reused, context)
    #expect(fast.end == slow.end, context)
    return fast
  }

  @Test(arguments: profiles, [1, 3]) func agreesWithTheSlowTwinBitForBit(_ profile: Profile, _ channels: Int) throws {
    let profile = profile.with { ($0.slicesPredicted, $0.maximumRounds) = (channels, 4) }
    for (seed, size) in try volumeSizes().enumerated() {
      for noise: Float in [0.2, 0.9] {
        let predictor = SyntheticPredictor(size: size, channels: channels, seed: UInt64(seed), noise: noise)
        try compare(profile, try seed % 2 == 0 ? paperPlanes() : transposedPlanes(), size, predictor)
      }
    }
  }

  @Test(arguments: [1, 3]) func sparseCoarsePassAgreesWithTheSlowTwinBitForBit(_ channels: Int) throws {
    let profile = Profile.paper.with {
      ($0.slicesPredicted, $0.maximumRounds, $0.margin, $0.coarseSampling) = (channels, 3, 1, .everyThirdSlice)
    }
    var differences = 0
    for (seed, size) in try volumeSizes().enumerated() {
      let predictor = SyntheticPredictor(size: size, channels: channels, seed: UInt64(seed), noise: 0.4)
      let sparse = try compare(profile, paperPlanes(), size, predictor)
      let full = try compare(profile.with { $0.coarseSampling = .everySlice }, paperPlanes(), size, predictor)
      if sparse.coarseVoxels != full.coarseVoxels { differences += 1 }
    }
    #expect(differences > 0, "the sampling changes nothing")
  }

  @Test func sampledSlicesAndTheirNeighboursAreAllSlices() {
    for count in 0...40 {
      #expect(CoarseSampling.everySlice.slices(of: count) == Array(0..<count))
      let slices = CoarseSampling.everyThirdSlice.slices(of: count)
      #expect(Set(slices.flatMap { [$0 - 1, $0, $0 + 1] }).isSuperset(of: 0..<count))
      #expect(slices.count == (count + 2) / 3 && slices.allSatisfy { $0 < count } && slices == slices.sorted())
    }
  }

  @Test func theComparedRunsReachEveryEndAndReuseSlices() throws {
    let size = try volumeSize(11, 9, 10)
    var ends: Set<FixedPointResult.End> = []
    var reused = 0
    for (influence, offset): (Float, Float) in [(0, 0), (0.08, 0), (0, -2), (0.3, -0.1)] {
      var predictor = SyntheticPredictor(size: size, channels: 3, seed: 3, noise: 0.4)
      (predictor.boxInfluence, predictor.fineOffset) = (influence, offset)
      let profile = Profile.paper.with { ($0.margin, $0.threshold, $0.maximumRounds) = (1, 0.999, 5) }
      let result = try compare(profile, paperPlanes(), size, predictor)
      ends.insert(result.end)
      reused += result.rounds.reduce(0) { $0 + $1.slicesReused }
    }
    #expect(ends == [.converged, .roundsUsedUp, .collapsed])
    #expect(reused > 0)
  }

  @Test func componentFilterWorksOnFineRoundsAndNeverOnTheCoarseMask() throws {
    let size = try volumeSize(11, 9, 10)
    let predictor = SyntheticPredictor(size: size, channels: 1, seed: 8, noise: 1.2)
    let plain = Profile.paper.with { ($0.slicesPredicted, $0.margin, $0.maximumRounds) = (1, 2, 1) }
    let filtered = plain.with { $0.componentRatio = 1 }
    let with = try compare(filtered, paperPlanes(), size, predictor)
    let without = try compare(plain, paperPlanes(), size, predictor)
    #expect(with.coarseVoxels == without.coarseVoxels)
    #expect(with.mask.foregroundCount < without.mask.foregroundCount)
    #expect(ConnectedComponents(of: with.mask).sizes.count == 1)
    #expect(ConnectedComponents(of: without.mask).sizes.count > 1)
  }

  @Test func aRunFromAMaskIsTheFullRunWithoutItsCoarsePass() throws {
    let size = try volumeSize(9, 8, 7)
    let predictor = SyntheticPredictor(size: size, channels: 3, seed: 5, noise: 0.5)
    let profile = Profile.release111.with { ($0.margin, $0.maximumRounds) = (1, 3) }
    let iteration = try FixedPointIteration(profile: profile, planes: paperPlanes(), size: size)
    var coarse: LabelMap?
    let full = try iteration.run(predict: predictor.predictCrops, checkpoint: { _ in }) { snapshot in
      if snapshot.stage == .coarse { coarse = snapshot.mask }
    }
    var given = try #require(coarse)
    // Labels other than 1 are foreground too.
    given.labels = given.labels.map { $0 * 7 }
    var stages: Set<Stage> = []
    let fine = try iteration.run(
      from: given,
      predict: { stage, crops, consume in
        stages.insert(stage)
        try predictor.predictCrops(stage, crops, consume)
      }, checkpoint: { _ in })
    #expect(stages == [.fine])
    #expect(fine.mask == full.mask && fine.probability == full.probability && fine.viewMasks == full.viewMasks)
    #expect(fine.rounds == full.rounds && fine.end == full.end && fine.coarseVoxels == full.coarseVoxels)
    #expect(fine.coarseAgreement == nil && full.coarseAgreement != nil)
    #expect(fine.finalAgreement == full.finalAgreement)
  }

  @Test func snapshotsTellEveryPassWithItsViews() throws {
    let size = try volumeSize(9, 8, 7)
    let predictor = SyntheticPredictor(size: size, channels: 1, seed: 6)
    let profile = Profile.paper.with {
      ($0.slicesPredicted, $0.margin, $0.maximumRounds, $0.threshold) = (1, 1, 3, 1)
    }
    var snapshots: [RoundSnapshot] = []
    let result = try FixedPointIteration(profile: profile, planes: paperPlanes(), size: size)
      .run(predict: predictor.predictCrops, checkpoint: { _ in }, didFinish: { snapshots.append($0) })
    #expect(snapshots.map(\.stage) == [.coarse, .fine, .fine, .fine])
    #expect(snapshots.compactMap(\.round) == result.rounds)
    #expect(snapshots.first?.mask.foregroundCount == result.coarseVoxels)
    #expect(snapshots.first?.viewMasks?.agreement == result.coarseAgreement)
    #expect(snapshots.last?.mask == result.mask)
    #expect(snapshots.last?.viewMasks?.agreement == result.finalAgreement)
    for (before, after) in zip(snapshots, snapshots.dropFirst()) {
      #expect(diceCoefficient(before.mask, after.mask) == after.round?.diceToPrevious)
    }
  }
}
