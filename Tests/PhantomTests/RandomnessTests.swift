import Phantom
import Testing

struct RandomnessTests {
  @Test func sameSeedAndNameGiveTheSameNumbers() {
    var (first, second) = (RandomStream(seed: 7, name: "liver"), RandomStream(seed: 7, name: "liver"))
    for _ in 0..<20 { #expect(first.next() == second.next()) }
  }

  @Test func anotherNameOrSeedGivesOtherNumbers() {
    var stream = RandomStream(seed: 7, name: "liver")
    let value = stream.next()
    var others = [RandomStream(seed: 8, name: "liver"), RandomStream(seed: 7, name: "spleen")]
    for index in others.indices { #expect(others[index].next() != value) }
  }

  @Test func numbersHaveTheirDistribution() {
    var random = RandomStream(seed: 1, name: "distribution")
    let count = 20_000
    let uniform = (0..<count).map { _ in random.uniform(2, 4) }
    #expect(abs(uniform.reduce(0, +) / Double(count) - 3) < 0.02)
    #expect(uniform.allSatisfy { $0 >= 2 && $0 < 4 })
    let normal = (0..<count).map { _ in random.normal(5, 2) }
    let mean = normal.reduce(0, +) / Double(count)
    let variance = normal.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
    #expect(abs(mean - 5) < 0.06)
    #expect(abs(variance - 4) < 0.15)
    var drawn = [0, 0, 0]
    for _ in 0..<count { drawn[random.choice(weights: [1, 0, 3])] += 1 }
    #expect(drawn[1] == 0)
    #expect(abs(Double(drawn[2]) / Double(count) - 0.75) < 0.02)
    #expect((0..<200).allSatisfy { _ in (3..<6).contains(random.integer(in: 3..<6)) })
  }

  @Test func firstNumbersOfNeighbouringSeedsAreIndependent() {
    let values = (0..<4000).map { seed in
      var random = RandomStream(seed: UInt64(seed), name: "patient")
      return random.uniform()
    }
    #expect(abs(values.reduce(0, +) / 4000 - 0.5) < 0.02)
    let products = zip(values, values.dropFirst()).map { ($0 - 0.5) * ($1 - 0.5) }
    #expect(abs(products.reduce(0, +) / 3999) < 0.006)
  }

  @Test func counterNoiseIsWhiteWithUnitVariance() {
    let noise = CounterNoise(seed: 3, name: "noise")
    var values = [Float](repeating: 0, count: 40_000)
    values.withUnsafeMutableBufferPointer { noise.fill($0, from: 1000) }
    #expect(values[17] == noise.value(at: 1017))
    let mean = values.reduce(0, +) / 40_000
    let variance = values.reduce(0) { $0 + $1 * $1 } / 40_000
    let neighbours = zip(values, values.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / 40_000
    #expect(abs(mean) < 0.02)
    #expect(abs(variance - 1) < 0.03)
    #expect(abs(neighbours) < 0.02)
  }

  @Test func fieldAlongARowAgreesWithSinglePoints() {
    var random = RandomStream(seed: 5, name: "field")
    let field = SmoothField(
      random: &random, controlSpacing: 9, sd: 1, low: SIMD3(-40, -30, -20), high: SIMD3(40, 30, 20))
    let xs = (0..<97).map { Float($0) * 1.3 - 60 }
    var row = [Float](repeating: 0, count: xs.count)
    var worst = 0.0
    for (y, z) in [(0, 0), (-31.5, 7.25), (44, -60), (12.125, 19.5)] as [(Float, Float)] {
      row.withUnsafeMutableBufferPointer { field.fill(row: xs, y: y, z: z, into: $0) }
      for (x, value) in zip(xs, row) {
        worst = max(worst, abs(field.value(at: SIMD3(Double(x), Double(y), Double(z))) - Double(value)))
      }
    }
    #expect(worst < 2e-5, "worst difference \(worst)")
  }

  @Test func fieldsHaveTheirStandardDeviation() {
    var sum = 0.0
    for seed in 0..<12 {
      var random = RandomStream(seed: UInt64(seed), name: "field")
      let field = SmoothField(
        random: &random, controlSpacing: 5, sd: 3, low: SIMD3(repeating: -30), high: SIMD3(repeating: 30))
      for _ in 0..<300 {
        let point = SIMD3(random.uniform(-30, 30), random.uniform(-30, 30), random.uniform(-30, 30))
        sum += field.value(at: point) * field.value(at: point)
      }
    }
    #expect(abs((sum / 3600).squareRoot() - 3) < 0.15)
  }
}
