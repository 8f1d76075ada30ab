import CoarseToFine
import Testing

@Suite struct ProfileTests {
  @Test func paperSaysWhatThePaperSays() {
    let paper = Profile.paper
    #expect(paper.inputRegion == .ownSlice && paper.margin == 30)
    #expect(paper.coarseFusion == .majority && paper.fineFusion == .majority && paper.componentRatio == nil)
    #expect(paper.threshold == 0.95 && paper.stopComparison == .above && paper.maximumRounds == 10)
    #expect(paper.slicesPredicted == 3)
  }

  @Test func releaseSaysWhatTheReleasedCodeDoes() {
    let release = Profile.release111
    #expect(release.inputRegion == .unionOfNeighbours && release.margin == 20)
    #expect(release.coarseFusion == .majority && release.fineFusion == .mean && release.componentRatio == 0.5)
    #expect(release.threshold == 0.95 && release.stopComparison == .reaching && release.maximumRounds == 10)
    #expect(release.slicesPredicted == 3)
  }

  @Test func namedProfilesAndEveryEndOfTheRangesAreValid() throws {
    try Profile.paper.validate()
    try Profile.release111.validate()
    try Profile.paper.with { ($0.margin, $0.threshold, $0.maximumRounds, $0.slicesPredicted) = (0, 0, 0, 1) }.validate()
    try Profile.paper.with { ($0.margin, $0.threshold, $0.maximumRounds) = (512, 1, 100) }.validate()
    try Profile.paper.with { $0.componentRatio = 1 }.validate()
  }

  @Test(arguments: [
    ("margin", Profile.paper.with { $0.margin = -1 }), ("margin", Profile.paper.with { $0.margin = 513 }),
    ("componentRatio", Profile.paper.with { $0.componentRatio = 0 }),
    ("componentRatio", Profile.paper.with { $0.componentRatio = 1.01 }),
    ("componentRatio", Profile.paper.with { $0.componentRatio = .nan }),
    ("threshold", Profile.paper.with { $0.threshold = -0.1 }),
    ("threshold", Profile.paper.with { $0.threshold = 1.1 }),
    ("threshold", Profile.paper.with { $0.threshold = .nan }),
    ("maximumRounds", Profile.paper.with { $0.maximumRounds = -1 }),
    ("maximumRounds", Profile.paper.with { $0.maximumRounds = 101 }),
    ("slicesPredicted", Profile.paper.with { $0.slicesPredicted = 0 }),
    ("slicesPredicted", Profile.paper.with { $0.slicesPredicted = 2 }),
    ("slicesPredicted", Profile.paper.with { $0.slicesPredicted = 5 }),
  ]) func profileOutOfRange(_ field: String, _ profile: Profile) {
    let error = #expect(throws: CoarseToFineError.self) { try profile.validate() }
    #expect(error?.code == .profileOutOfRange)
    #expect(error?.description.contains(field) == true)
  }

  @Test func thresholdItselfStopsOnlyWhereReachingIsEnough() {
    let above = Profile.paper.with { $0.threshold = 0.75 }
    let reaching = above.with { $0.stopComparison = .reaching }
    #expect(!above.stops(at: 0.75) && reaching.stops(at: 0.75))
    #expect(above.stops(at: 0.75.nextUp) && reaching.stops(at: 0.75.nextUp))
    #expect(!above.stops(at: 0.75.nextDown) && !reaching.stops(at: 0.75.nextDown))
  }
}
