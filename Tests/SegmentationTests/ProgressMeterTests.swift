import CoarseToFine
import Testing

@testable import Segmentation

@Suite struct ProgressMeterTests {
  @Test func neverFallsOverAWholeRunAndEndsAtOne() {
    var fractions: [Double] = []
    for share in stride(from: 0.0, through: 1, by: 0.25) { fractions.append(ProgressMeter.fraction(ofLoading: share)) }
    for share in stride(from: 0.0, through: 1, by: 0.25) {
      fractions.append(ProgressMeter.fraction(ofPreparing: share))
    }
    for share in stride(from: 0.0, through: 1, by: 0.1) {
      fractions.append(ProgressMeter.fraction(of: .coarse, round: 0, share: share))
    }
    for round in 1...100 {
      for share in stride(from: 0.0, through: 1, by: 0.25) {
        fractions.append(ProgressMeter.fraction(of: .fine, round: round, share: share))
      }
    }
    for share in stride(from: 0.0, through: 1, by: 0.5) { fractions.append(ProgressMeter.fraction(ofFinishing: share)) }
    #expect(zip(fractions, fractions.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(fractions.first == 0 && fractions.last == 1)
  }
}
