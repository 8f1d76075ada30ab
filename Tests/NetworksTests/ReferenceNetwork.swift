@testable import Networks

/// [channels, rows, columns], reading 0 outside.
struct Map {
  let channels: Int, rows: Int, columns: Int
  var values: [Double]

  init(_ channels: Int, _ rows: Int, _ columns: Int, _ values: [Double]? = nil) {
    (self.channels, self.rows, self.columns) = (channels, rows, columns)
    self.values = values ?? [Double](repeating: 0, count: channels * rows * columns)
  }

  subscript(channel: Int, row: Int, column: Int) -> Double {
    get {
      guard row >= 0, row < rows, column >= 0, column < columns else { return 0 }
      return values[(channel * rows + row) * columns + column]
    }
    set { values[(channel * rows + row) * columns + column] = newValue }
  }

  /// The window of rows x columns that starts at (offset, offset).
  func window(_ offset: Int, _ rows: Int, _ columns: Int) -> Map {
    var window = Map(channels, rows, columns)
    for channel in 0..<channels {
      for row in 0..<rows {
        for column in 0..<columns { window[channel, row, column] = self[channel, row + offset, column + offset] }
      }
    }
    return window
  }
}

/// FCN-8s written straight from its formula in double precision: the slow twin of `FCN8s`.
///
/// Crops are found by following where position 0 of each map lies in the input, in doubles, not from a formula.
struct ReferenceNetwork {
  let description: NetworkDescription
  let tensors: [String: WeightTensor]
  /// What a value becomes after a layer with ReLU, or as the network's input ("input"); the identity for float32.
  var roundActivation: (_ value: Double, _ layer: String) -> Double = { value, _ in value }
  /// What the weights of a layer, [out, ...], become; the identity for float32.
  var roundWeights: (_ weights: [Float], _ outChannels: Int) -> [Double] = { weights, _ in weights.map { Double($0) } }

  /// A map and where it lies: position i at step * i + start in input pixels.
  private struct Placed {
    var map: Map
    var step: Double, start: Double
  }

  func logits(_ slice: [Float], rows: Int, columns: Int) -> [Double] {
    let isSame = description.family == .samePadding
    let stride = isSame ? description.totalStride : 1
    func rounded(_ size: Int) -> Int { (size + stride - 1) / stride * stride }
    let image = Map(description.inputChannels, rows, columns, slice.map { roundActivation(Double($0), "input") })
    var trunk = Placed(map: image.window(0, rounded(rows), rounded(columns)), step: 1, start: 0)
    var taps: [Placed] = []
    for block in 1...5 {
      for index in 1...description.blockConvolutions[block - 1] {
        var padding = 1
        if case .crop(let pad) = description.family, block == 1, index == 1 { padding = pad }
        trunk = convolve(trunk, "conv\(block)_\(index)", padding: padding, relu: true)
      }
      if description.pools[block - 1] { trunk = pool(trunk) }
      taps.append(trunk)
    }
    trunk = convolve(trunk, "fc6", padding: isSame ? description.fc6Kernel / 2 : 0, relu: true)
    trunk = convolve(trunk, "fc7", padding: 0, relu: true)
    var score = convolve(trunk, "score_fr", padding: 0, relu: false)
    for (block, scale) in [(4, description.skipScale4), (3, description.skipScale3)] {
      let tap = convolve(taps[block - 1], "score_pool\(block)", padding: 0, relu: false)
      score = upsample(score, block == 4 ? "upscore2" : "upscore_pool4", factor: Int(score.step / tap.step))
      let offset = Int((score.start - tap.start) / score.step)
      if isSame {
        score = Placed(map: score.map.window(-offset, tap.map.rows, tap.map.columns), step: tap.step, start: tap.start)
      }
      let skip = tap.map.window(isSame ? 0 : offset, score.map.rows, score.map.columns)
      for index in score.map.values.indices { score.map.values[index] += Double(scale) * skip.values[index] }
    }
    score = upsample(score, "upscore8", factor: Int(score.step))
    return score.map.window(-Int(score.start), rows, columns).values
  }

  private func convolve(_ input: Placed, _ name: String, padding: Int, relu: Bool) -> Placed {
    guard let weight = tensors["\(name).weight"], let bias = tensors["\(name).bias"] else { return input }
    let (outputs, inputs, kernel) = (weight.shape[0], weight.shape[1], weight.shape[2])
    let shrinks = kernel - 1 - 2 * padding
    let factors = roundWeights(weight.values, outputs)
    var output = Map(outputs, input.map.rows - shrinks, input.map.columns - shrinks)
    for out in 0..<outputs {
      for row in 0..<output.rows {
        for column in 0..<output.columns {
          var sum = Double(bias.values[out])
          for channel in 0..<inputs {
            for kernelRow in 0..<kernel {
              for kernelColumn in 0..<kernel {
                let factor = factors[((out * inputs + channel) * kernel + kernelRow) * kernel + kernelColumn]
                sum +=
                  factor * input.map[channel, row + kernelRow - padding, column + kernelColumn - padding]
              }
            }
          }
          output[out, row, column] = relu ? roundActivation(max(sum, 0), name) : sum
        }
      }
    }
    let shift = Double(kernel - 1) / 2 - Double(padding)
    return Placed(map: output, step: input.step, start: input.start + input.step * shift)
  }

  private func pool(_ input: Placed) -> Placed {
    var output = Map(input.map.channels, (input.map.rows + 1) / 2, (input.map.columns + 1) / 2)
    for channel in 0..<output.channels {
      for row in 0..<output.rows {
        for column in 0..<output.columns {
          var largest = -Double.infinity
          for r in 2 * row..<min(2 * row + 2, input.map.rows) {
            for c in 2 * column..<min(2 * column + 2, input.map.columns) {
              largest = max(largest, input.map[channel, r, c])
            }
          }
          output[channel, row, column] = largest
        }
      }
    }
    return Placed(map: output, step: input.step * 2, start: input.start + input.step / 2)
  }

  private func upsample(_ input: Placed, _ name: String, factor: Int) -> Placed {
    guard factor > 1 else { return input }
    let kernel =
      tensors["\(name).weight"]?.values ?? bilinearKernel(channels: input.map.channels, factor: factor)
    let map = transposedConvolution(input.map, kernel, factor: factor)
    let step = input.step / Double(factor)
    return Placed(map: map, step: step, start: input.start - step * Double(2 * factor - 1) / 2)
  }
}

/// Transposed convolution per channel by scatter, `kernel` [channels, 1, 2f, 2f], stride f, nothing cropped.
func transposedConvolution(_ input: Map, _ kernel: [Float], factor: Int) -> Map {
  let side = 2 * factor
  var output = Map(input.channels, (input.rows + 1) * factor, (input.columns + 1) * factor)
  for channel in 0..<input.channels {
    for row in 0..<input.rows {
      for column in 0..<input.columns {
        for kernelRow in 0..<side {
          for kernelColumn in 0..<side {
            let weight = kernel[(channel * side + kernelRow) * side + kernelColumn]
            output[channel, row * factor + kernelRow, column * factor + kernelColumn] +=
              input[channel, row, column] * Double(weight)
          }
        }
      }
    }
  }
  return output
}

/// Bilinear interpolation as a kernel: (1 - |k + 1/2 - f| / f) in each direction, [channels, 1, 2f, 2f].
func bilinearKernel(channels: Int, factor: Int) -> [Float] {
  let line = (0..<2 * factor).map { 1 - abs(Double($0) + 0.5 - Double(factor)) / Double(factor) }
  return (0..<channels).flatMap { _ in line.flatMap { row in line.map { Float(row * $0) } } }
}
