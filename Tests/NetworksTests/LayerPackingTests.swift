import Testing

@testable import Networks

/// Weights packed some outputs at a time against the same weights packed at once.
@Suite struct LayerPackingTests {
  static let layers = [
    ConvolutionLayer(
      name: "fc6", inChannels: 64, outChannels: 500, kernel: 7, padding: 0, hasReLU: true),
    ConvolutionLayer(name: "fc7", inChannels: 100, outChannels: 700, kernel: 1, padding: 0, hasReLU: true),
    ConvolutionLayer(name: "fc6", inChannels: 48, outChannels: 384, kernel: 3, padding: 1, hasReLU: true),
  ]

  @Test(arguments: layers, Precision.allCases.filter(\.isOffered))
  func partsGiveTheSameResult(_ layer: ConvolutionLayer, _ precision: Precision) throws {
    var uniform = Uniform(seed: 12)
    let weights = uniform.draw(layer.weightCount, bound: 0.3)
    let bias = uniform.draw(layer.outChannels, bound: 0.1)
    let engine = try OneDNN.Engine()
    let arithmetic =
      precision == .float32
      ? .float32
      : LayerArithmetic(
        source: precision.activations, weights: precision == .int8 ? .int8 : precision.activations,
        destination: .float32, sourceStep: precision == .int8 ? 0.01 : 1, destinationStep: 1)
    for kernels in [FCN8s.Options.Kernels.own, .oneDNN] where precision == .float32 || kernels == .oneDNN {
      let options = FCN8s.Options(precision: precision, kernels: kernels)
      func output(_ parts: [Range<Int>]) throws -> [Float] {
        let packing = try LayerPacking(
          layer, arithmetic, bias: bias, options: options, engine: engine, in: OwnWeightMemory())
        let line = weights.count / layer.outChannels
        for part in parts {
          try packing.add(Array(weights[part.lowerBound * line..<part.upperBound * line]), outputs: part)
        }
        return try Self.run(try packing.finish(), layer, arithmetic.source, engine)
      }
      let whole = try output([0..<layer.outChannels])
      let parts = try output([0..<192, 192..<384, 384..<layer.outChannels].filter { !$0.isEmpty })
      #expect(whole == parts, "\(kernels)")
      #expect(Set(whole).count > 100)
    }
  }

  /// The layer on a map of ones of the size of two windows.
  private static func run(
    _ weights: LayerWeights, _ layer: ConvolutionLayer, _ element: OneDNN.Element, _ engine: OneDNN.Engine
  ) throws -> [Float] {
    let window = WindowGeometry.convolution(kernel: layer.kernel, padding: layer.padding)
    let input = MapSize(rows: layer.kernel + 1, columns: layer.kernel + 1)
    let writes = MapRegion(
      rows: 0..<window.outputSize(input.rows), columns: 0..<window.outputSize(input.columns))
    let kernel: LayerRun.Kernel =
      switch weights {
      case .filter(let filter): .filter(filter)
      case .oneDNN(let packed):
        .compiled(try packed.convolution(PaddedPart(of: writes, window: window, in: input)))
      }
    let bytes = layer.storedInChannels * (element == .float32 ? 4 : element == .bfloat16 ? 2 : 1)
    let run = LayerRun(
      kernel, window: window, writes: writes, input: input, positionBytes: (bytes, 4 * layer.storedOutChannels))
    let (source, target, scratch) = (AlignedBuffer(), AlignedBuffer(), AlignedBuffer())
    let region = MapRegion(wholeOf: input)
    let from = Activation(
      memory: try source.reserve(bytes: region.positionCount * bytes), region: region, positionBytes: bytes)
    let values = region.positionCount * layer.storedInChannels
    switch element {
    case .float32: from.memory.initializeMemory(as: Float.self, repeating: 1, count: values)
    case .bfloat16: from.memory.initializeMemory(as: UInt16.self, repeating: 0x3F80, count: values)
    case .uint8, .int8: from.memory.initializeMemory(as: UInt8.self, repeating: 100, count: values)
    }
    let to = Activation(
      memory: try target.reserve(bytes: writes.positionCount * 4 * layer.storedOutChannels), region: writes,
      positionBytes: 4 * layer.storedOutChannels)
    try run.run(
      from: from, to: to, on: OneDNN.Stream(engine), scratch: try scratch.reserve(bytes: run.scratchByteCount))
    return withExtendedLifetime((source, target, scratch)) {
      Array(
        UnsafeBufferPointer(
          start: to.memory.assumingMemoryBound(to: Float.self),
          count: writes.positionCount * layer.storedOutChannels))
    }
  }

  @Test func partsCoverAllOutputs() throws {
    for layer in try NetworkDescription.paper().convolutions {
      let parts = layer.loadingParts
      #expect(parts.flatMap { Array($0) } == Array(0..<layer.outChannels))
      #expect(parts.dropLast().allSatisfy { $0.count.isMultiple(of: 192) })
      #expect((parts.count > 1) == (layer.weightCount > 8 << 20), "\(layer.name)")
    }
  }
}
