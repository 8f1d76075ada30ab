import CoarseToFine
import Testing
import Volumes

@Suite struct CheckpointTests {
  private struct Cancelled: Error, Equatable { let moment: Int }

  private func iteration(_ size: VolumeSize) throws -> FixedPointIteration {
    let profile = Profile.release111.with { ($0.margin, $0.threshold, $0.maximumRounds) = (1, 1, 3) }
    return try FixedPointIteration(profile: profile, planes: paperPlanes(), size: size)
  }

  @Test func progressCountsTheSlicesOfEachPassUpToItsTotal() throws {
    let size = try volumeSize(7, 6, 5)
    let predictor = SyntheticPredictor(size: size, channels: 3, seed: 1, noise: 0.6)
    var seen: [RunProgress] = []
    let result = try iteration(size).run(predict: predictor.predictCrops, checkpoint: { seen.append($0) })
    let totals = [18] + result.rounds.map(\.slicesComputed)
    for (round, total) in totals.enumerated() where total > 0 {
      let ofRound = seen.filter { $0.round == round }
      #expect(ofRound.allSatisfy { $0.slicesTotal == total && $0.stage == (round == 0 ? .coarse : .fine) })
      // A view starts with the number at which the one before it ended; between, every number comes once.
      #expect(ofRound.first?.slicesDone == 0 && ofRound.last?.slicesDone == total)
      #expect(Set(ofRound.map(\.slicesDone)) == Set(0...total))
      #expect(
        zip(ofRound, ofRound.dropFirst()).allSatisfy { $1.slicesDone - $0.slicesDone == ($0.view == $1.view ? 1 : 0) })
    }
    #expect(seen.map(\.round) == seen.map(\.round).sorted())
  }

  @Test func cancellationAtEveryMomentLeavesTheRunAndNothingIsCalledAfterwards() throws {
    let size = try volumeSize(7, 6, 5)
    let predictor = SyntheticPredictor(size: size, channels: 3, seed: 1, noise: 0.6)
    var moments = 0
    _ = try iteration(size).run(predict: predictor.predictCrops, checkpoint: { _ in moments += 1 })
    #expect(moments > 30)
    for moment in 0..<moments {
      var calls = 0
      var callsAfterwards = 0
      func note() { callsAfterwards += calls > moment ? 1 : 0 }
      #expect(throws: Cancelled(moment: moment)) {
        try iteration(size).run(
          predict: { stage, crops, consume in
            note()
            for (index, crop) in crops.enumerated() {
              note()
              try consume(index, predictor.predict(stage, crop))
            }
          },
          checkpoint: { _ in
            note()
            calls += 1
            if calls == moment + 1 { throw Cancelled(moment: moment) }
          }, didFinish: { _ in note() })
      }
      #expect(callsAfterwards == 0 && calls == moment + 1)
    }
  }

  @Test func errorsOfThePredictorLeaveTheRunUnchanged() throws {
    let size = try volumeSize(3, 3, 3)
    #expect(throws: Cancelled(moment: 7)) {
      try iteration(size).run(predict: { _, _, _ in throw Cancelled(moment: 7) }, checkpoint: { _ in })
    }
  }
}
