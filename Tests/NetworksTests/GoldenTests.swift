import Foundation
@testable import Networks
import Testing

/// A network whose logits PyTorch computed: the table of Integration/golden/write_network_golden.py once more.
struct GoldenCase: CustomTestStringConvertible, Sendable {
  let name: String
  let seed: UInt64
  let description: NetworkDescription

  var testDescription: String { name }

  static func paper16th(
    inputs: Int = 3, outputs: Int, pools: [Bool] = [true, true, true, true, true], scales: (Float, Float) = (1, 1)
  ) throws -> NetworkDescription {
    try NetworkDescription(
      family: .crop(pad: 100), inputChannels: inputs, outputChannels: outputs, blockChannels: [4, 8, 16, 32, 32],
      pools: pools, fc6Channels: 256, fc6Kernel: 7, fc7Channels: 256, skipScale4: scales.0, skipScale3: scales.1)
  }

  static func slim(
    outputs: Int = 1, upsampling: NetworkDescription.Upsampling = .bilinear
  ) throws -> NetworkDescription {
    try NetworkDescription(
      family: .samePadding, outputChannels: outputs, blockChannels: [8, 16, 32, 64, 64],
      pools: [false, true, true, true, true], fc6Channels: 128, fc6Kernel: 3, fc7Channels: 128,
      upsampling: upsampling)
  }

  static func all() throws -> [GoldenCase] {
    [
      GoldenCase(name: "paper", seed: 1, description: try paper16th(outputs: 3)),
      GoldenCase(
        name: "pool4-left-out", seed: 2, description: try paper16th(outputs: 1, pools: [true, true, true, false, true])),
      GoldenCase(name: "one-slice", seed: 3, description: try paper16th(inputs: 1, outputs: 1)),
      GoldenCase(name: "slim", seed: 4, description: try slim()),
      GoldenCase(name: "at-once", seed: 5, description: try paper16th(outputs: 1, scales: (0.01, 0.0001))),
      GoldenCase(name: "learned-upsampling", seed: 6, description: try slim(outputs: 3, upsampling: .learned)),
    ]
  }
}

@Suite struct GoldenTests {
  static let sizes = [(1, 1), (41, 41), (60, 37), (97, 131), (177, 91)]

  @Test(arguments: try GoldenCase.all()) func logitsAreThoseOfPyTorch(_ golden: GoldenCase) throws {
    let tensors = randomTensors(for: golden.description, seed: golden.seed)
    let network = try FCN8s(description: golden.description) { tensors[$0] }
    let workspace = Workspace()
    var worst: Float = 0
    for (rows, columns) in Self.sizes {
      let expected = try Self.expected("\(golden.name)-\(rows)x\(columns)")
      let slice = randomSlice(golden.description, rows: rows, columns: columns)
      let logits = try network.logits(slice, rows: rows, columns: columns)
      let error = relativeError(logits, expected)
      #expect(error <= 1e-5, "\(golden.name) at \(rows) x \(columns)")
      worst = max(worst, error)

      let probabilities = try network.predict(slice, rows: rows, columns: columns, workspace: workspace)
      let sigmoid = expected.map { Float(1 / (1 + exp(-Double($0)))) }
      #expect(relativeError(probabilities, sigmoid) <= 1e-5, "\(golden.name) at \(rows) x \(columns)")
    }
    print("\(golden.name): worst relative error of the logits \(worst)")
  }

  private static func expected(_ name: String) throws -> [Float] {
    let url = try #require(Bundle.module.url(forResource: "Golden/\(name)", withExtension: "f32"))
    let data = try Data(contentsOf: url)
    return stride(from: 0, to: data.count, by: 4).map { start in
      let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(data[start + $1]) << (8 * UInt32($1)) }
      return Float(bitPattern: bits)
    }
  }
}
