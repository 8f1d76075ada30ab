import Testing

@testable import Networks

/// RSTN's saliency of a box against its formula over the whole slice, and against PyTorch's numbers.
struct SaliencyTransformTests {
  private struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ state >> 29
    }
  }

  private static func weights(_ channels: Int, _ kernels: [Int], seed: UInt64) -> [String: WeightTensor] {
    var generator = Generator(state: seed)
    var tensors: [String: WeightTensor] = [:]
    for (name, kernel) in zip(["saliency1", "saliency2"], kernels) {
      let shape = [channels, channels, kernel, kernel]
      tensors["\(name).weight"] = WeightTensor(
        shape: shape, values: (0..<shape.reduce(1, *)).map { _ in Float.random(in: -0.5...0.5, using: &generator) })
      tensors["\(name).bias"] = WeightTensor(
        shape: [channels], values: (0..<channels).map { _ in Float.random(in: -0.5...1, using: &generator) })
    }
    return tensors
  }

  /// Cross-correlation with zeros around the slice, straight from the formula, in double precision.
  private static func convolve(
    _ values: [Double], _ tensors: [String: WeightTensor], _ name: String, channels: Int, rows: Int, columns: Int
  ) -> [Double] {
    guard let weight = tensors["\(name).weight"], let bias = tensors["\(name).bias"] else { return [] }
    let kernel = weight.shape[3]
    var result: [Double] = []
    for output in 0..<channels {
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = Double(bias.values[output])
          for input in 0..<channels {
            for down in 0..<kernel {
              for right in 0..<kernel {
                let (r, c) = (row + down - kernel / 2, column + right - kernel / 2)
                guard (0..<rows).contains(r), (0..<columns).contains(c) else { continue }
                let tap = ((output * channels + input) * kernel + down) * kernel + right
                sum += Double(weight.values[tap]) * values[(input * rows + r) * columns + c]
              }
            }
          }
          result.append(sum)
        }
      }
    }
    return result
  }

  private static func crop(
    _ values: [Float], channels: Int, rows: Int, columns: Int, _ boxRows: Range<Int>, _ boxColumns: Range<Int>
  ) -> [Float] {
    (0..<channels).flatMap { channel in
      boxRows.flatMap { row in boxColumns.map { values[(channel * rows + row) * columns + $0] } }
    }
  }

  @Test(arguments: [(1, [3, 5]), (3, [3, 5]), (3, [1, 1]), (3, [5, 7])])
  func boxesAreThoseOfTheWholeSlice(channels: Int, kernels: [Int]) throws {
    let tensors = Self.weights(channels, kernels, seed: 5)
    let transform = try SaliencyTransform(channels: channels, kernels: kernels) { tensors[$0] }
    var generator = Generator(state: 9)
    var worst: Float = 0
    for (rows, columns) in [(1, 1), (1, 9), (2, 3), (11, 13), (17, 8)] {
      let count = channels * rows * columns
      let probabilities = (0..<count).map { _ in Float.random(in: 0...1, using: &generator) }
      let hidden = Self.convolve(
        probabilities.map(Double.init), tensors, "saliency1", channels: channels, rows: rows, columns: columns)
      let saliency = Self.convolve(
        hidden.map { max($0, 0) }, tensors, "saliency2", channels: channels, rows: rows, columns: columns)
      let image = (0..<count).map { _ in Float.random(in: 0...1, using: &generator) }
      let expected = zip(image, saliency).map { $0 * Float($1) }
      let middle = (rows / 2..<rows / 2 + 1, columns / 2..<columns / 2 + 1)
      let boxes = [(0..<rows, 0..<columns), middle, (0..<1, columns / 2..<columns), (rows / 3..<rows, 0..<1)]
      for (boxRows, boxColumns) in boxes {
        func part(_ values: [Float], _ rowRange: Range<Int>, _ columnRange: Range<Int>) -> [Float] {
          Self.crop(values, channels: channels, rows: rows, columns: columns, rowRange, columnRange)
        }
        var found = part(image, boxRows, boxColumns)
        try transform.apply(
          to: &found, rows: boxRows, columns: boxColumns, sliceRows: rows, sliceColumns: columns,
          probabilities: part(
            probabilities, transform.input(for: boxRows, within: rows),
            transform.input(for: boxColumns, within: columns)))
        worst = max(worst, largestDifference(found, part(expected, boxRows, boxColumns)))
      }
    }
    print("saliency, \(channels) channels, kernels \(kernels): worst error \(worst)")
    #expect(worst <= 2e-5)
  }

  /// The axial slice 4 of Z(0) of the fixtures' run.
  @Test func saliencyIsThatOfPyTorch() throws {
    let names = ["saliency2": "saliency"]
    let file = try openTensors("rstn-axial.caffemodel")
    let transform = try SaliencyTransform(channels: 3, kernels: [3, 5]) { name in
      let parts = name.split(separator: ".").map(String.init)
      return file["\(names[parts[0]] ?? parts[0]).\(parts[1])"]
    }
    let volume = try Fixtures.floats("rstn-probability-0.f32")
    let (rows, columns) = (16, 18)
    let probabilities = Array(volume[3 * rows * columns..<6 * rows * columns])
    var image = [Float](repeating: 1, count: 3 * rows * columns)
    try transform.apply(
      to: &image, rows: 0..<rows, columns: 0..<columns, sliceRows: rows, sliceColumns: columns,
      probabilities: probabilities)
    let difference = largestDifference(image, try Fixtures.floats("rstn-saliency-axial-4.f32"))
    print("saliency: largest difference to PyTorch \(difference)")
    #expect(difference <= 1e-5)
  }

  @Test func missingAndMisshapenTensorsAreRefused() {
    var tensors = Self.weights(3, [3, 5], seed: 1)
    func code(_ channels: Int = 3, _ kernels: [Int] = [3, 5]) -> NetworkError.Code? {
      #expect(throws: NetworkError.self) {
        try SaliencyTransform(channels: channels, kernels: kernels) { tensors[$0] }
      }?.code
    }
    #expect(code(2) == .impossibleDescription)
    #expect(code(3, [3, 4]) == .impossibleDescription)
    #expect(code(3, [3]) == .impossibleDescription)
    #expect(code(3, [3, 3]) == .wrongShape)
    tensors["saliency2.bias"] = nil
    #expect(code() == .missingTensor)
  }

  @Test func otherSizesAreRefused() throws {
    let tensors = Self.weights(1, [3, 5], seed: 1)
    let transform = try SaliencyTransform(channels: 1, kernels: [3, 5]) { tensors[$0] }
    func code(_ pixels: Int, _ rows: Range<Int>, _ columns: Range<Int>, _ probabilities: Int) -> NetworkError.Code? {
      #expect(throws: NetworkError.self) {
        var image = [Float](repeating: 1, count: pixels)
        try transform.apply(
          to: &image, rows: rows, columns: columns, sliceRows: 4, sliceColumns: 4,
          probabilities: [Float](repeating: 0, count: probabilities))
      }?.code
    }
    #expect(code(4, 0..<2, 0..<2, 15) == .impossibleInput)
    #expect(code(3, 0..<2, 0..<2, 16) == .impossibleInput)
    #expect(code(4, 3..<5, 0..<2, 16) == .impossibleInput)
    #expect(code(4, 0..<2, -1..<1, 16) == .impossibleInput)
  }
}
