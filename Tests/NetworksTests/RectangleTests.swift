import Testing

@testable import Networks

/// Computing what depends on the image alone against computing everything.
@Suite struct RectangleTests {
  struct Network: CustomTestStringConvertible, Sendable {
    let name: String
    let description: NetworkDescription
    let options: FCN8s.Options
    var testDescription: String { "\(name), \(options.precision) by \(options.kernels)" }
  }

  static func networks() throws -> [Network] {
    let descriptions: [(String, NetworkDescription)] = [
      ("pad 100", try GoldenCase.paper16th(outputs: 3)),
      ("pad 100, one slice", try GoldenCase.paper16th(inputs: 1, outputs: 1)),
      ("pad 1 and four pools", try GoldenCase.slim(outputs: 3)),
      ("pad 22, two pools", try ReferenceTests.small(.crop(pad: 22), [false, false, true, true, false])),
      ("same padding, five pools", try ReferenceTests.small(.samePadding)),
    ]
    return descriptions.flatMap { name, description in
      [
        FCN8s.Options(), FCN8s.Options(kernels: .oneDNN), FCN8s.Options(precision: .bfloat16),
        FCN8s.Options(precision: .int8),
      ].filter(\.precision.isOffered).map { Network(name: name, description: description, options: $0) }
    }
  }

  /// 18 sizes and boxes a network, 360 in all; a box may be empty, a pixel, the whole image.
  @Test(arguments: try networks()) func rectanglesEqualTheWholeComputation(_ network: Network) throws {
    let description = network.description
    let tensors = randomTensors(for: description, seed: 31)
    var maxima: [String: Float] = [:]
    let float32 = try FCN8s(description: description) { tensors[$0] }
    try float32.noteActivations(
      of: randomSlice(description, rows: 60, columns: 50), rows: 60, columns: 50, in: &maxima, workspace: Workspace())
    func load(_ usesRectangles: Bool) throws -> FCN8s {
      var options = network.options
      options.usesRectangles = usesRectangles
      return try FCN8s(description: description, options: options, activationMaxima: maxima) { tensors[$0] }
    }
    let (fast, whole) = (try load(true), try load(false))
    var uniform = Uniform(seed: 7)
    func below(_ limit: Int) -> Int { min(Int(uniform.next() * Float(limit)), limit - 1) }
    var (worst, equalBits) = (Float(0), 0)
    for index in 0..<18 {
      let (rows, columns) = (1 + below(150), 1 + below(150))
      var slice = [Float](repeating: 0, count: description.inputChannels * rows * columns)
      let (top, left) = (below(rows), below(columns))
      var (bottom, right) = (top + 1 + below(rows - top), left + 1 + below(columns - left))
      if index == 0 { (bottom, right) = (top, left) }
      for channel in 0..<description.inputChannels {
        for row in top..<bottom {
          for column in left..<right { slice[(channel * rows + row) * columns + column] = uniform.next() }
        }
      }
      let expected = try whole.logits(slice, rows: rows, columns: columns)
      let found = try fast.logits(slice, rows: rows, columns: columns)
      let error = relativeError(found, expected)
      // A sum in another order may round to the neighbouring bfloat16, 2^-8 away, in any layer.
      #expect(
        error <= (network.options.precision == .float32 ? 1e-4 : 0.02),
        "\(rows) x \(columns), \(top)..<\(bottom) \(left)..<\(right)")
      worst = max(worst, error)
      equalBits += expected == found ? 1 : 0
    }
    print("rectangles, \(network.testDescription): worst relative error \(worst), \(equalBits) of 18 with equal bits")
  }
}
