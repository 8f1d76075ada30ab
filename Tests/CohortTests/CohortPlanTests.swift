import Cohort
import Foundation
import Testing

/// The list of the synthetic cohort: how many cases, of what kind, from which seeds.
@Suite struct CohortPlanTests {
  private static let sets: [CohortCase.Purpose] = [.fold, .calibration, .test]

  @Test func foldsAreThePapersAndHalfOfEachSource() {
    let cases = CohortPlan.originals(of: .fold)
    #expect(cases.count == 82 && cases[0].id == "case-001" && cases[81].id == "case-082")
    #expect(cases.count { $0.source == "parametric" } == 41)
    for (fold, size) in zip(1...4, [20, 20, 21, 21]) {
      let members = cases.filter { $0.fold == fold }
      #expect(members.count == size)
      #expect(abs(2 * members.count { $0.source == "atlas" } - size) <= 1, "fold \(fold)")
    }
  }

  @Test func calibrationAndTestHoldTwelveOfEachSource() {
    for set in [CohortCase.Purpose.calibration, .test] {
      let cases = CohortPlan.originals(of: set)
      #expect(cases.count == 24 && cases.count { $0.source == "atlas" } == 12)
      #expect(cases.allSatisfy { $0.fold == nil && $0.set == set })
    }
    #expect(CohortPlan.originals(of: .training).isEmpty)
  }

  @Test func noSeedAndNoNameServesTwice() {
    let cases = Self.sets.flatMap { CohortPlan.originals(of: $0) }
    #expect(Set(cases.compactMap(\.seed)).count == cases.count)
    #expect(Set(cases.map(\.id)).count == cases.count)
    #expect(cases.allSatisfy { $0.seed.map(CohortPlan.reservedSeeds.contains) == true })
  }

  @Test func variantsBelongToCalibrationAndTestAlone() {
    let corruptions = ["noise", "metal"]
    let original = CohortPlan.originals(of: .test)[1]
    let variants = CohortPlan.variants(of: original, corruptions: corruptions)
    #expect(variants.map(\.id) == ["test-002-noise", "test-002-metal"])
    #expect(variants.allSatisfy { $0.original == "test-002" && $0.set == .test && $0.seed == original.seed })
    #expect(CohortPlan.variants(of: CohortPlan.originals(of: .fold)[0], corruptions: corruptions).isEmpty)
  }

  @Test func orderInWhichCasesWereMadeLeavesNoTrace() throws {
    let cases = CohortPlan.originals(of: .test).prefix(3).flatMap {
      [$0] + CohortPlan.variants(of: $0, corruptions: ["noise", "metal"])
    }
    let empty = CohortDescription(name: "n", data: "synthetic", labels: [], cases: [])
    let atOnce = empty.adding(cases)
    let inParts = empty.adding(Array(cases.suffix(5))).adding(Array(cases.prefix(7)))
    #expect(try atOnce.json() == inParts.json())
    #expect(atOnce.cases.map(\.id).prefix(4) == ["test-001", "test-001-metal", "test-001-noise", "test-002"])
  }

  @Test func writtenDescriptionReadsBackAndSaysResearchUse() throws {
    let fixture = try CohortFixture(["case-001", "test-001"])
    let bytes = try CohortFixture.small.json()
    try bytes.write(to: URL(fileURLWithPath: fixture.path + "/cohort.json"))
    #expect(try CohortFolder(path: fixture.path).description == CohortFixture.small)
    #expect(String(decoding: bytes, as: UTF8.self).contains("Research use only, not for diagnosis."))
  }
}
