import CoarseToFine
import Testing

@testable import Segmentation

@Suite struct ProgressMeterTests {
  @Test(arguments: [
    RunForecast.Work(load: 1, prepare: 2, coarse: 40, fine: 9, finish: 3),
    RunForecast.Work(load: 0.1, prepare: 0.3, coarse: 0, fine: 0, finish: 0.7),
    RunForecast.Work(load: 0, prepare: 0, coarse: 0, fine: 0, finish: 0),
  ]) func neverFallsOverAWholeRunAndEndsAtOne(_ work: RunForecast.Work) {
    let meter = ProgressMeter(work)
    var fractions: [Double] = []
    for step in [RunControl.Step.load, .prepare, .coarse] {
      for share in stride(from: 0.0, through: 1, by: 0.1) { fractions.append(meter.fraction(of: step, share: share)) }
    }
    for round in 1...100 {
      for share in stride(from: 0.0, through: 1, by: 0.25) {
        fractions.append(meter.fraction(of: .fine, round: round, share: share))
      }
    }
    for share in stride(from: 0.0, through: 1, by: 0.5) { fractions.append(meter.fraction(of: .finish, share: share)) }
    #expect(zip(fractions, fractions.dropFirst()).allSatisfy { $0 <= $1 })
    #expect(fractions.first == 0 && fractions.last == 1)
  }

  @Test func stepsHaveTheSharesOfTheirWork() {
    let meter = ProgressMeter(RunForecast.Work(load: 10, prepare: 10, coarse: 60, fine: 16, finish: 4))
    #expect(abs(meter.fraction(of: .coarse, share: 0.5) - 0.5) < 1e-12)
    #expect(abs(meter.fraction(of: .fine, round: 1, share: 1) - 0.92) < 1e-12)
    #expect(abs(meter.fraction(of: .finish, share: 0) - 0.96) < 1e-12)
  }
}
