import Testing

@testable import Networks

@Suite struct UpsamplingTests {
  @Test(arguments: [1, 2, 4, 8, 16, 32], [(1, 1), (1, 7), (5, 3), (11, 13)])
  func equalsTransposedConvolutionByScatter(_ factor: Int, _ size: (Int, Int)) {
    let (channels, (rows, columns)) = (2, size)
    var uniform = Uniform(seed: UInt64(factor))
    var source = uniform.draw(channels * rows * columns, bound: 1)
    let kernel = uniform.draw(channels * 4 * factor * factor, bound: 1)
    let input = Map(channels, rows, columns, source.map { Double($0) })
    let whole = factor == 1 ? input : transposedConvolution(input, kernel, factor: factor)
    let (crop, skipCrop) = (factor / 2, 3)
    let (keptRows, keptColumns) = (whole.rows - crop, whole.columns - crop)
    var skip = uniform.draw(channels * (keptRows + 4) * (keptColumns + 5), bound: 1)
    let skipMap = Map(channels, keptRows + 4, keptColumns + 5, skip.map { Double($0) })
    let stage = UpsamplingStage(name: "test", factor: factor, crop: crop, skipCrop: skipCrop, skipScale: 0.25)

    var found = [Float](repeating: .nan, count: channels * keptRows * keptColumns)
    source.withUnsafeMutableBufferPointer { source in
      skip.withUnsafeMutableBufferPointer { skip in
        found.withUnsafeMutableBufferPointer { found in
          kernel.withUnsafeBufferPointer { kernel in
            guard let source = source.baseAddress, let skip = skip.baseAddress, let found = found.baseAddress
            else { return }
            stage.run(
              ScoreMap(values: source, rows: rows, columns: columns), kernel: factor == 1 ? nil : kernel.baseAddress,
              channels: channels, adding: ScoreMap(values: skip, rows: skipMap.rows, columns: skipMap.columns),
              into: ScoreMap(values: found, rows: keptRows, columns: keptColumns))
          }
        }
      }
    }

    let kept = whole.window(crop, keptRows, keptColumns)
    let added = skipMap.window(skipCrop, keptRows, keptColumns)
    let worst = zip(found, zip(kept.values, added.values)).map { abs(Double($0) - ($1.0 + 0.25 * $1.1)) }.max()
    #expect((worst ?? .infinity) < 1e-6)
  }

  /// The kernels of the published networks: [.25 .75 .75 .25] and [1, 3 ... 15, 15 ... 3, 1] / 16 in each direction.
  @Test(arguments: [(2, [1, 3, 3, 1].map { $0 / 4 }), (8, [1, 3, 5, 7, 9, 11, 13, 15].map { $0 / 16 })])
  func bilinearKernelIsThePublishedOne(_ factor: Int, _ start: [Float]) {
    let line = Array((start + start.reversed()).prefix(factor)) + (start + start.reversed()).suffix(factor)
    let stage = UpsamplingStage(name: "test", factor: factor, crop: 0, skipCrop: 0, skipScale: nil)
    let expected = line.flatMap { row in line.map { row * $0 } }
    #expect(stage.bilinearKernel(channels: 2) == expected + expected)
  }

  @Test func sigmoidOfLargeLogitsStaysFinite() {
    var values: [Float] = [-200, -1, 0, 1, 200]
    values.withUnsafeMutableBufferPointer { applySigmoid($0) }
    #expect(values[0] == 0 && values[2] == 0.5 && values[4] == 1)
    #expect(abs(values[1] + values[3] - 1) < 1e-6)
  }
}
