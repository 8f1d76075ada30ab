import Testing

@testable import Networks

@Suite struct ReferenceTests {
  /// Both families with pools that give every upsampling factor: 1 and 2 for the first stages, 1, 2, 4, 8 for the last.
  struct Setup: CustomTestStringConvertible, Sendable {
    let family: NetworkDescription.Family
    var fc6Kernel = 3
    let pools: [Bool]
    var upsampling = NetworkDescription.Upsampling.bilinear

    var testDescription: String { "\(family), fc6 \(fc6Kernel), pools \(pools.map { $0 ? 1 : 0 }), \(upsampling)" }
  }

  static let setups =
    [
      Setup(family: .crop(pad: 70), fc6Kernel: 5, pools: [true, true, true, true, true]),
      Setup(family: .crop(pad: 70), fc6Kernel: 5, pools: [false, true, true, true, true]),
      Setup(family: .crop(pad: 22), pools: [false, false, true, true, false]),
      Setup(family: .crop(pad: 22), pools: [false, false, false, false, false]),
      Setup(family: .crop(pad: 22), pools: [true, true, true, false, true], upsampling: .learned),
      Setup(family: .samePadding, pools: [true, true, false, true, true], upsampling: .learned),
    ]
    + [
      [true, true, true, true, true], [false, true, true, true, true], [false, false, true, true, false],
      [false, false, false, false, false], [true, true, true, false, true],
    ].map { Setup(family: .samePadding, pools: $0) }

  static func small(
    _ family: NetworkDescription.Family, fc6Kernel: Int = 3, _ pools: [Bool] = [true, true, true, true, true],
    upsampling: NetworkDescription.Upsampling = .bilinear
  ) throws -> NetworkDescription {
    try NetworkDescription(
      family: family, inputChannels: 3, outputChannels: 3, blockChannels: [2, 3, 2, 3, 2],
      blockConvolutions: [1, 2, 1, 1, 2], pools: pools, fc6Channels: 5, fc6Kernel: fc6Kernel, fc7Channels: 4,
      skipScale4: 0.5, skipScale3: 2, upsampling: upsampling)
  }

  @Test(arguments: setups) func engineEqualsFormula(_ setup: Setup) throws {
    let description = try Self.small(
      setup.family, fc6Kernel: setup.fc6Kernel, setup.pools, upsampling: setup.upsampling)
    let tensors = randomTensors(for: description, seed: 11)
    let network = try FCN8s(description: description) { tensors[$0] }
    let reference = ReferenceNetwork(description: description, tensors: tensors)
    var worst: Float = 0
    for (rows, columns) in [(17, 23), (31, 19), (1, 29), (13, 1)] {
      let slice = randomSlice(description, rows: rows, columns: columns)
      let expected = reference.logits(slice, rows: rows, columns: columns).map { Float($0) }
      let error = relativeError(try network.logits(slice, rows: rows, columns: columns), expected)
      #expect(error <= 1e-5, "\(rows) x \(columns)")
      worst = max(worst, error)
    }
    print("engine against formula, \(setup.testDescription): worst relative error \(worst)")
    #expect(worst > 0)
  }
}
