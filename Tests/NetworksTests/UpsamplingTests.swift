import Testing

@testable import Networks

@Suite struct UpsamplingTests {
  /// Two channels, one size, one factor: what a stage makes of them, and what scatter makes of them.
  private struct Case {
    let stage: UpsamplingStage
    let source: Map
    let kernel: [Float]
    let keptRows: Int, keptColumns: Int

    init(factor: Int, rows: Int, columns: Int) {
      var uniform = Uniform(seed: UInt64(factor))
      source = Map(2, rows, columns, uniform.draw(2 * rows * columns, bound: 1).map { Double($0) })
      kernel = uniform.draw(2 * 4 * factor * factor, bound: 1)
      let crop = factor / 2
      let whole = factor == 1 ? (rows, columns) : ((rows + 1) * factor, (columns + 1) * factor)
      (keptRows, keptColumns) = (whole.0 - crop, whole.1 - crop)
      stage = UpsamplingStage(name: "test", factor: factor, crop: crop, skipCrop: 3, skipScale: 0.25)
    }

    /// The window of the transposed convolution with `kernel`, by scatter.
    func expected(_ kernel: [Double]) -> [Double] {
      let whole = stage.factor == 1 ? source : transposedConvolution(source, kernel: kernel, factor: stage.factor)
      return whole.window(stage.crop, keptRows, keptColumns).values
    }

    /// Runs `body` with the source and a destination full of NaN, and returns the destination.
    func run(_ body: (_ source: ScoreMap, _ destination: ScoreMap) -> Void) -> [Float] {
      var input = source.values.map { Float($0) }
      var output = [Float](repeating: .nan, count: 2 * keptRows * keptColumns)
      input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
          guard let input = input.baseAddress, let output = output.baseAddress else { return }
          body(
            ScoreMap(values: input, rows: source.rows, columns: source.columns),
            ScoreMap(values: output, rows: keptRows, columns: keptColumns))
        }
      }
      return output
    }
  }

  private func worstDifference(_ found: [Float], _ expected: [Double]) -> Double {
    found.count == expected.count
      ? zip(found, expected).map { abs(Double($0) - $1) }.max() ?? .infinity : .infinity
  }

  @Test(arguments: [1, 2, 4, 8, 16, 32], [(1, 1), (1, 7), (5, 3), (11, 13)])
  func bilinearEqualsTransposedConvolutionByScatter(_ factor: Int, _ size: (Int, Int)) {
    let example = Case(factor: factor, rows: size.0, columns: size.1)
    var lines = [Float](
      repeating: .nan, count: UpsamplingStage.lineCount(rows: size.0, columns: example.keptColumns))
    let found = example.run { source, destination in
      lines.withUnsafeMutableBufferPointer { lines in
        guard let lines = lines.baseAddress else { return }
        example.stage.run(source, channels: 2, lines: lines, into: destination)
      }
    }
    let worst = worstDifference(found, example.expected(bilinearKernel(factor: factor, channels: 2)))
    #expect(worst < 1e-6, "worst difference \(worst)")
  }

  @Test(arguments: [2, 4, 8, 16], [(1, 1), (1, 7), (5, 3), (11, 13)])
  func learnedEqualsTransposedConvolutionByScatter(_ factor: Int, _ size: (Int, Int)) {
    let example = Case(factor: factor, rows: size.0, columns: size.1)
    let found = example.run { source, destination in
      example.stage.run(source, channels: 2, kernel: example.kernel, into: destination)
    }
    let worst = worstDifference(found, example.expected(example.kernel.map { Double($0) }))
    #expect(worst < 1e-6, "worst difference \(worst)")
  }

  @Test func skipScoresAreScaledAndAddedFromTheirCrop() {
    let example = Case(factor: 2, rows: 5, columns: 3)
    var uniform = Uniform(seed: 7)
    let (rows, columns) = (example.keptRows + 4, example.keptColumns + 5)
    let skip = Map(2, rows, columns, uniform.draw(2 * rows * columns, bound: 1).map { Double($0) })
    var values = skip.values.map { Float($0) }
    let found = example.run { _, destination in
      destination.values.update(repeating: 1, count: 2 * destination.rows * destination.columns)
      values.withUnsafeMutableBufferPointer { values in
        guard let values = values.baseAddress else { return }
        example.stage.add(ScoreMap(values: values, rows: rows, columns: columns), channels: 2, to: destination)
      }
    }
    let expected = skip.window(3, example.keptRows, example.keptColumns).values.map { 1 + 0.25 * $0 }
    #expect(worstDifference(found, expected) < 1e-6)
  }

  @Test func sigmoidOfLargeLogitsStaysFinite() {
    var values: [Float] = [-200, -1, 0, 1, 200]
    values.withUnsafeMutableBufferPointer { applySigmoid($0) }
    #expect(values[0] == 0 && values[2] == 0.5 && values[4] == 1)
    #expect(abs(values[1] + values[3] - 1) < 1e-6)
  }
}
