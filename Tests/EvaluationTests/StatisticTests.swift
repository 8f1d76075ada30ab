import Evaluation
import Testing

/// Mean, spread and extremes.
@Suite struct StatisticTests {
  @Test func knownValues() throws {
    let statistic = try #require(Statistic([4.0, 2, 9, 5]))
    #expect(statistic.n == 4 && statistic.mean == 5 && statistic.minimum == 2 && statistic.maximum == 9)
    #expect(statistic.median == 4.5)
    // Squares 1, 9, 16, 0 over 3.
    #expect(abs(try #require(statistic.sd) - (26.0 / 3).squareRoot()) < 1e-15)
    #expect(Statistic([3.0, 1, 2])?.median == 2)
  }

  @Test func singleValueHasNoSpreadAndNoneHasNoStatistic() {
    #expect(Statistic([7.5])?.sd == nil && Statistic([7.5])?.median == 7.5)
    #expect(Statistic([Double]()) == nil)
  }

  @Test func orderOfTheCasesDoesNotChangeABit() throws {
    let values = (0..<97).map { Double($0 * 37 % 97) / 7 }
    #expect(Statistic(values) == Statistic(values.reversed()))
  }
}
