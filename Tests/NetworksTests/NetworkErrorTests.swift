import Testing

@testable import Networks

/// One test per error code, and what else a caller may hand over wrongly.
@Suite struct NetworkErrorTests {
  private static func slim() throws -> (NetworkDescription, [String: WeightTensor]) {
    let description = try ReferenceTests.small(.samePadding)
    return (description, randomTensors(for: description, seed: 3))
  }

  @Test(arguments: ["conv1_1.weight", "conv3_1.bias", "fc6.weight", "score_fr.bias", "score_pool4.weight"])
  func missingTensor(_ name: String) throws {
    let (description, tensors) = try Self.slim()
    #expect { try FCN8s(description: description) { $0 == name ? nil : tensors[$0] } } throws: { error in
      guard let error = error as? NetworkError else { return false }
      return error.code == .missingTensor && error.message.contains(name)
    }
  }

  @Test func wrongShapeNamesTensorExpectedAndFound() throws {
    let (description, tensors) = try Self.slim()
    let wrong = WeightTensor(shape: [5, 2, 3], values: [Float](repeating: 0, count: 30))
    #expect { try FCN8s(description: description) { $0 == "fc6.weight" ? wrong : tensors[$0] } } throws: { error in
      (error as? NetworkError)
        == NetworkError(
          code: .wrongShape, message: "fc6.weight: shape [5, 2, 3, 3] expected, found [5, 2, 3]")
    }
  }

  @Test func wrongNumberOfValuesIsWrongShape() throws {
    let (description, tensors) = try Self.slim()
    let short = WeightTensor(shape: [5], values: [1, 2, 3, 4])
    #expect { try FCN8s(description: description) { $0 == "fc6.bias" ? short : tensors[$0] } } throws: {
      ($0 as? NetworkError)?.code == .wrongShape
    }
  }

  @Test func errorsOfTheWeightSourcePassThrough() throws {
    struct Unreadable: Error {}
    let (description, _) = try Self.slim()
    #expect(throws: Unreadable.self) { try FCN8s(description: description) { _ in throw Unreadable() } }
  }

  @Test(arguments: [(3, 4, 35), (3, 4, 0), (0, 4, 0), (-3, -4, 36), (20000, 1, 60000)])
  func impossibleInput(_ rows: Int, _ columns: Int, _ count: Int) throws {
    let (description, tensors) = try Self.slim()
    let network = try FCN8s(description: description) { tensors[$0] }
    let slice = [Float](repeating: 0, count: count)
    #expect { try network.predict(slice, rows: rows, columns: columns, workspace: Workspace()) } throws: {
      ($0 as? NetworkError)?.code == .impossibleInput
    }
  }

  @Test func outOfMemory() {
    #expect { try AlignedBuffer().reserve(bytes: Int.max / 2) } throws: { ($0 as? NetworkError)?.code == .outOfMemory }
  }

  @Test func engineFailureWhenOneDNNRefusesALayer() throws {
    let layer = ConvolutionLayer(
      name: "conv1_1", inChannels: 3, outChannels: 4, kernel: 3, padding: 0, hasReLU: true)
    let engine = try OneDNN.Engine()
    let otherWeights = try OneDNN.Layout.rowMajor([4, 2, 3, 3])
    #expect {
      try OneDNN.convolution(
        layer, input: PaddedPart(rows: 9, columns: 9, padding: 0), weights: otherWeights, engine: engine)
    } throws: {
      error in
      guard let error = error as? NetworkError else { return false }
      return error.code == .engineFailure && error.message.contains("conv1_1")
    }
  }

  @Test func valuesThatAreNoNumbersReachTheOutputAndNothingElse() throws {
    let (description, tensors) = try Self.slim()
    let network = try FCN8s(description: description) { tensors[$0] }
    let slice = [Float](repeating: .nan, count: 3 * 5 * 7)
    let workspace = Workspace()
    #expect(try network.predict(slice, rows: 5, columns: 7, workspace: workspace).count == 3 * 5 * 7)
    let sound = randomSlice(description, rows: 5, columns: 7)
    let again = try network.predict(sound, rows: 5, columns: 7, workspace: workspace)
    #expect(again == (try network.predict(sound, rows: 5, columns: 7, workspace: Workspace())))
  }
}
