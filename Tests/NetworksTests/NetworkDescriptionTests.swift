import Testing

@testable import Networks

@Suite struct NetworkDescriptionTests {
  @Test func cropsOfThePaperAre5And9And31() throws {
    let stages = try NetworkDescription.paper().upsamplingStages
    #expect(stages.map(\.factor) == [2, 2, 8])
    #expect(stages.map(\.skipCrop) == [5, 9, 0])
    #expect(stages.map(\.crop) == [0, 0, 31])
  }

  @Test func sizesOfThePaperAt512() throws {
    let shapes = try NetworkDescription.paper().shapes(rows: 512, columns: 512)
    let rows = Dictionary(uniqueKeysWithValues: shapes.map { ($0.name, $0.rows) })
    let expected = [
      "conv1_1": 710, "pool1": 355, "pool2": 178, "pool3": 89, "pool4": 45, "pool5": 23, "fc6": 17, "fc7": 17,
      "score_fr": 17, "upscore2": 36, "score_pool4": 45, "upscore_pool4": 74, "score_pool3": 89, "upscore8": 512,
    ]
    for (name, size) in expected { #expect(rows[name] == size, "\(name)") }
  }

  @Test(arguments: [(512, 512, 189.7), (512, 240, 112.1), (150, 150, 40.4), (120, 90, 29.6), (1, 1, 12.4)])
  func costOfThePaperInBillions(_ rows: Int, _ columns: Int, _ expected: Double) throws {
    let shapes = try NetworkDescription.paper().shapes(rows: rows, columns: columns)
    let billions = Double(shapes.map(\.multiplyAccumulates).reduce(0, +)) / 1e9
    #expect((billions * 10).rounded() / 10 == expected)
  }

  @Test func paperHas134MillionParameters() throws {
    // The published count holds three bilinear kernels too, [3, 3, 4, 4] twice and [3, 3, 16, 16].
    #expect(try NetworkDescription.paper().parameterCount == 134_277_737 - 2 * 144 - 2304)
  }

  @Test func samePaddingPadsToTheTotalStride() throws {
    let description = try GoldenCase.slim()
    #expect(description.totalStride == 16)
    // 17 x 33 becomes 32 x 48, and conv1_1's border of one zero is part of the input.
    let input = try #require(try description.shapes(rows: 17, columns: 33).first)
    #expect((input.rows, input.columns) == (34, 50))
  }

  @Test func canonicalNamesAndShapesOfWeights() throws {
    let shapes = try NetworkDescription.paper().weightShapes
    #expect(shapes.count == 36)
    #expect(shapes.first?.name == "conv1_1.weight")
    let fc6 = try #require(shapes.first { $0.name == "fc6.weight" })
    #expect(fc6.shape == [4096, 512, 7, 7])
    let score = try #require(shapes.first { $0.name == "score_pool3.bias" })
    #expect(score.shape == [3])
  }

  /// One field of a sound description replaced by what no network can have.
  enum Absurdity: CaseIterable {
    case twoInputs, twoOutputs, fourBlocks, noChannels, hugeChannels, noConvolution, fourPools, evenKernel, hugeKernel
    case hugeFC6, noFC7, hugePad, negativePad, padTooSmallForItsCrops, infiniteSkipScale, skipScaleNaN

    func describe() throws -> NetworkDescription {
      try NetworkDescription(
        family: .crop(
          pad: self == .hugePad ? 513 : self == .negativePad ? -1 : self == .padTooSmallForItsCrops ? 1 : 100),
        inputChannels: self == .twoInputs ? 2 : 3, outputChannels: self == .twoOutputs ? 2 : 3,
        blockChannels: self == .fourBlocks
          ? [4, 4, 4, 4] : [4, self == .noChannels ? 0 : 4, self == .hugeChannels ? 8193 : 4, 4, 4],
        blockConvolutions: [2, self == .noConvolution ? 0 : 2, 3, 3, 3],
        pools: [Bool](repeating: true, count: self == .fourPools ? 4 : 5),
        fc6Channels: self == .hugeFC6 ? Int.max : 8, fc6Kernel: self == .evenKernel ? 6 : self == .hugeKernel ? 17 : 7,
        fc7Channels: self == .noFC7 ? 0 : 8, skipScale4: self == .infiniteSkipScale ? .infinity : 1,
        skipScale3: self == .skipScaleNaN ? .nan : 1)
    }
  }

  @Test(arguments: Absurdity.allCases) func impossibleDescription(_ absurdity: Absurdity) {
    #expect { try absurdity.describe() } throws: { ($0 as? NetworkError)?.code == .impossibleDescription }
  }

  @Test(arguments: [(0, 5), (5, 0), (-1, 5), (16385, 1), (1, Int.max), (16384, 16384)])
  func impossibleInputSize(_ rows: Int, _ columns: Int) {
    #expect { try NetworkDescription.paper().shapes(rows: rows, columns: columns) } throws: {
      ($0 as? NetworkError)?.code == .impossibleInput
    }
  }

  @Test func inputTooSmallForAnUnpaddedFC6IsRefused() throws {
    let description = try ReferenceTests.small(.crop(pad: 10))
    #expect { try description.shapes(rows: 1, columns: 1) } throws: { ($0 as? NetworkError)?.code == .impossibleInput }
    #expect(try description.shapes(rows: 101, columns: 101).last?.rows == 101)
  }
}
