import Testing

@testable import Networks

/// bfloat16 and int8 against their slow twins, the formula with every rounding written out, and against float32.
///
/// On a processor without the instructions there is nothing to compare: `ProcessorTests` say what happens there.
@Suite struct PrecisionTests {
  private static let sizes = [(17, 23), (31, 19), (1, 29), (13, 1)]

  private struct Case {
    let description: NetworkDescription
    let tensors: [String: WeightTensor]
    let float32: FCN8s
    let maxima: [String: Float]

    init(_ setup: ReferenceTests.Setup, seed: UInt64) throws {
      description = try ReferenceTests.small(
        setup.family, fc6Kernel: setup.fc6Kernel, setup.pools, upsampling: setup.upsampling)
      let tensors = randomTensors(for: description, seed: seed)
      self.tensors = tensors
      float32 = try FCN8s(description: description) { tensors[$0] }
      var maxima: [String: Float] = [:]
      for (rows, columns) in sizes {
        try float32.noteActivations(
          of: randomSlice(description, rows: rows, columns: columns), rows: rows, columns: columns, in: &maxima,
          workspace: Workspace())
      }
      self.maxima = maxima
    }

    func network(_ precision: Precision) throws -> FCN8s {
      try FCN8s(description: description, options: .init(precision: precision), activationMaxima: maxima) { [tensors] in
        tensors[$0]
      }
    }

    /// The worst errors over all sizes: against a reference, and against float32.
    func worst(_ network: FCN8s, _ reference: ReferenceNetwork) throws -> (twin: Float, float32: Float) {
      var worst: (twin: Float, float32: Float) = (0, 0)
      for (rows, columns) in sizes {
        let slice = randomSlice(description, rows: rows, columns: columns)
        let found = try network.logits(slice, rows: rows, columns: columns)
        let expected = reference.logits(slice, rows: rows, columns: columns).map { Float($0) }
        worst.twin = max(worst.twin, relativeError(found, expected))
        worst.float32 = max(
          worst.float32, relativeError(found, try float32.logits(slice, rows: rows, columns: columns)))
      }
      return worst
    }
  }

  private static func bfloat16(_ value: Double) -> Double {
    let bits = Float(value).bitPattern
    return Double(Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000))
  }

  @Test(.enabled(if: Precision.bfloat16.isOffered), arguments: ReferenceTests.setups)
  func bfloat16EqualsFormulaWithRoundedNumbers(_ setup: ReferenceTests.Setup) throws {
    let test = try Case(setup, seed: 21)
    var reference = ReferenceNetwork(description: test.description, tensors: test.tensors)
    reference.roundActivation = { value, _ in Self.bfloat16(value) }
    reference.roundWeights = { weights, _ in weights.map { Self.bfloat16(Double($0)) } }
    let worst = try test.worst(try test.network(.bfloat16), reference)
    print("bfloat16, \(setup.testDescription): worst relative error \(worst.twin), against float32 \(worst.float32)")
    // A sum in another order may round to the neighbouring bfloat16, 2^-8 apart.
    #expect(worst.twin <= 0.008)
    #expect(worst.float32 <= 0.03 && worst.float32 > worst.twin)
  }

  @Test(.enabled(if: Precision.int8.isOffered), arguments: ReferenceTests.setups)
  func int8EqualsFormulaWithQuantizedNumbers(_ setup: ReferenceTests.Setup) throws {
    let test = try Case(setup, seed: 22)
    var reference = ReferenceNetwork(description: test.description, tensors: test.tensors)
    reference.roundActivation = { [maxima = test.maxima] value, layer in
      let step = Double(max(maxima[layer] ?? 0, 1e-6)) / 255
      return min(max((value / step).rounded(.toNearestOrEven), 0), 255) * step
    }
    reference.roundWeights = { weights, channels in
      let count = weights.count / channels
      return weights.indices.map { index in
        let largest = weights[index / count * count..<(index / count + 1) * count].map(\.magnitude).max() ?? 0
        let step = Double(largest) / 127
        return (Double(weights[index]) / step).rounded(.toNearestOrEven) * step
      }
    }
    let worst = try test.worst(try test.network(.int8), reference)
    print("int8, \(setup.testDescription): worst relative error \(worst.twin), against float32 \(worst.float32)")
    // A value near the middle between two steps may become either; a step is 1/255 of a layer's range. How far int8 is
    // from float32 in networks of two to five channels says nothing about those of bundles.
    #expect(worst.twin <= 0.03 && worst.float32 > worst.twin)
  }

  @Test(.enabled(if: Precision.int8.isOffered && Precision.bfloat16.isOffered), arguments: [Precision.bfloat16, .int8])
  func bitsDoNotDependOnThreadsOrOnWhatWasPlannedBefore(_ precision: Precision) throws {
    let test = try Case(ReferenceTests.setups[0], seed: 23)
    let (once, again) = (try test.network(precision), try test.network(precision))
    for (rows, columns) in Self.sizes.reversed() {
      _ = try again.logits(randomSlice(test.description, rows: rows, columns: columns), rows: rows, columns: columns)
    }
    for (rows, columns) in Self.sizes {
      let slice = randomSlice(test.description, rows: rows, columns: columns)
      let expected = try once.logits(slice, rows: rows, columns: columns)
      #expect(try again.logits(slice, rows: rows, columns: columns) == expected)
      for threads in [2, 4] {
        _ = try SliceWorkers(threads: threads).forEachOrdered(
          count: 6, shouldStop: { false },
          work: { _, workspace in
            try slice.withUnsafeBufferPointer {
              try again.logits($0, rows: rows, columns: columns, workspace: workspace)
            }
          }, consume: { _, found in #expect(found == expected) })
      }
    }
  }

  @Test func int8WithoutARangeIsRefusedByName() throws {
    let test = try Case(ReferenceTests.setups[0], seed: 24)
    for missing in ["input", "conv3_1", "fc7"] {
      var maxima = test.maxima
      maxima[missing] = nil
      let error = #expect(throws: NetworkError.self) {
        try FCN8s(description: test.description, options: .init(precision: .int8), activationMaxima: maxima) {
          test.tensors[$0]
        }
      }
      #expect(error?.code == .missingTensor && error?.message.hasPrefix(missing) == true)
    }
  }

  @Test func weightsAreQuantizedPerChannelToTheNearestStep() {
    let weights: [Float] = [1, -0.5, 0.004, 0, 100, -127, 50.6, 0.5]
    let quantized = QuantizedWeights(weights, outChannels: 2)
    #expect(quantized.values == [127, -64, 1, 0, 100, -127, 51, 0])
    #expect(quantized.steps == [1 / 127, 1])
    #expect(QuantizedWeights([0, 0], outChannels: 1).values == [0, 0])
  }
}
