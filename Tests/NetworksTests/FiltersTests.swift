import Testing

@testable import Networks

/// Islet's own kernels against the formula in double precision.
@Suite struct FiltersTests {
  struct Shape: CustomTestStringConvertible {
    let inputs: Int, outputs: Int, kernel: Int, padding: Int
    var testDescription: String { "\(inputs) to \(outputs), kernel \(kernel), padding \(padding)" }
  }

  static let shapes = [
    Shape(inputs: 16, outputs: 16, kernel: 3, padding: 1), Shape(inputs: 32, outputs: 48, kernel: 3, padding: 1),
    Shape(inputs: 7, outputs: 20, kernel: 3, padding: 0), Shape(inputs: 48, outputs: 32, kernel: 1, padding: 0),
    Shape(inputs: 64, outputs: 16, kernel: 7, padding: 0), Shape(inputs: 16, outputs: 32, kernel: 5, padding: 2),
  ]

  @Test(arguments: shapes, Filters.InstructionSet.allCases)
  func convolutionEqualsFormula(_ shape: Shape, _ set: Filters.InstructionSet) throws {
    let layer = ConvolutionLayer(
      name: "conv2_1", inChannels: shape.inputs, outChannels: shape.outputs, kernel: shape.kernel,
      padding: shape.padding, hasReLU: true)
    var uniform = Uniform(seed: 3)
    let weights = uniform.draw(layer.weightShape.reduce(1, *), bound: 0.2)
    let bias = uniform.draw(layer.outChannels, bound: 0.1)
    let packing = try FilterPacking(layer, bias: bias, filters: Filters(limit: set), in: OwnWeightMemory())
    // In two parts where a layer has two panels.
    let line = weights.count / layer.outChannels
    packing.add(Array(weights[..<(16 * line)]), outputs: 0..<16)
    if layer.outChannels > 16 { packing.add(Array(weights[(16 * line)...]), outputs: 16..<layer.outChannels) }
    let filter = packing.finish()
    var worst = 0.0
    for size in [(1, 1), (1, 13), (17, 1), (7, 11), (23, 29)] {
      let size = MapSize(rows: size.0 + shape.kernel - 1, columns: size.1 + shape.kernel - 1)
      var map = Map(shape.inputs, size.rows, size.columns)
      map.values = uniform.draw(map.values.count, bound: 1).map { Double($0) }
      let window = WindowGeometry.convolution(kernel: shape.kernel, padding: shape.padding)
      let whole = MapSize(rows: window.outputSize(size.rows), columns: window.outputSize(size.columns))
      // A part that touches the map's start, and one in its middle.
      for writes in [
        MapRegion(wholeOf: whole),
        MapRegion(rows: whole.rows / 2..<whole.rows, columns: whole.columns / 3..<whole.columns),
      ] {
        let found = try Self.run(filter, on: map, writes: writes)
        for row in writes.rows {
          for column in writes.columns {
            for out in 0..<shape.outputs {
              var sum = Double(bias[out])
              for channel in 0..<shape.inputs {
                for y in 0..<shape.kernel {
                  for x in 0..<shape.kernel {
                    sum +=
                      Double(weights[((out * shape.inputs + channel) * shape.kernel + y) * shape.kernel + x])
                      * map[channel, row + y - shape.padding, column + x - shape.padding]
                  }
                }
              }
              let place = (row - writes.rows.lowerBound) * writes.columns.count + column - writes.columns.lowerBound
              worst = max(worst, abs(max(sum, 0) - Double(found[place * layer.storedOutChannels + out])))
            }
          }
        }
      }
    }
    print("own kernels, \(shape.testDescription), \(filter.instructionSet.rawValue): worst error \(worst)")
    #expect(worst < 3e-5)
  }

  private static func run(_ filter: FilterWeights, on map: Map, writes: MapRegion) throws -> [Float] {
    let stride = filter.layer.storedInChannels
    var input = [Float](repeating: 0, count: map.rows * map.columns * stride)
    for channel in 0..<map.channels {
      for row in 0..<map.rows {
        for column in 0..<map.columns {
          input[(row * map.columns + column) * stride + channel] = Float(map[channel, row, column])
        }
      }
    }
    var output = [Float](repeating: .nan, count: writes.positionCount * filter.layer.storedOutChannels)
    let scratch = AlignedBuffer()
    let memory = try scratch.reserve(bytes: filter.scratchByteCount(of: writes))
    input.withUnsafeMutableBytes { input in
      output.withUnsafeMutableBytes { output in
        guard let from = input.baseAddress, let to = output.baseAddress else { return }
        filter.run(
          from: Activation(
            memory: from, region: MapRegion(rows: 0..<map.rows, columns: 0..<map.columns), positionBytes: 4 * stride),
          to: Activation(memory: to, region: writes, positionBytes: 4 * filter.layer.storedOutChannels), writes: writes,
          scratch: memory)
      }
    }
    return output
  }
}
