import Glibc

/// Resampling along one axis: every output sample is a weighted sum of neighbouring input samples.
///
/// First input indices and last input indices both never decrease from one output to the next, so that the inputs can
/// be streamed once, in order.
struct AxisResampling: Sendable {
  /// Samples of the input.
  let inputCount: Int
  /// The first input index of every output.
  let firsts: [Int]
  /// Where the weights of output i lie in `weights`: `starts[i]..<starts[i + 1]`.
  let starts: [Int]
  /// Weights of all outputs, each output's adding up to 1.
  let weights: [Float]

  /// Samples of the output.
  var outputCount: Int { firsts.count }
  /// True when the output is the input.
  let isIdentity: Bool

  /// The last input index of an output.
  func last(_ output: Int) -> Int { firsts[output] + starts[output + 1] - starts[output] - 1 }

  /// Anti-aliased linear resampling from one spacing to another, outer corners together.
  ///
  /// Output i lies at input position (i + 0.5) * target / spacing - 0.5, clamped to the input. What is interpolated
  /// there is the input after a Gaussian of sigma 0.42 * sqrt(max((target / spacing)^2 - 1, 0)) voxels, cut at 4 sigma,
  /// normalised, the border voxel repeated: the rule under which the 3 mm bundles were trained. Both steps are one set
  /// of weights here. Without `step` the axis keeps its samples.
  init(inputCount: Int, outputCount: Int, step: Double?) {
    guard let step else {
      self.init(inputCount: inputCount, positions: (0..<outputCount).map { Double($0) }, kernel: [1])
      return
    }
    let positions = (0..<outputCount).map { min(max((Double($0) + 0.5) * step - 0.5, 0), Double(inputCount - 1)) }
    self.init(inputCount: inputCount, positions: positions, kernel: Self.antiAliasKernel(step: step))
  }

  /// Linear interpolation at positions in 0 ... inputCount - 1, rising, of an input filtered by a symmetric kernel.
  init(inputCount: Int, positions: [Double], kernel: [Double]) {
    let radius = kernel.count / 2
    var firsts: [Int] = []
    var starts = [0]
    var weights: [Float] = []
    firsts.reserveCapacity(positions.count)
    starts.reserveCapacity(positions.count + 1)
    for position in positions {
      let lower = Int(position.rounded(.down))
      let fraction = position - Double(lower)
      let first = max(0, lower - radius)
      let last = min(inputCount - 1, lower + radius + (fraction > 0 ? 1 : 0))
      var taps = [Double](repeating: 0, count: last - first + 1)
      for (tap, value) in kernel.enumerated() {
        let source = lower + tap - radius
        taps[min(max(source, 0), inputCount - 1) - first] += (1 - fraction) * value
        if fraction > 0 { taps[min(max(source + 1, 0), inputCount - 1) - first] += fraction * value }
      }
      firsts.append(first)
      weights.append(contentsOf: taps.map { Float($0) })
      starts.append(weights.count)
    }
    (self.inputCount, self.firsts, self.starts, self.weights) = (inputCount, firsts, starts, weights)
    isIdentity =
      firsts.count == inputCount && weights.count == inputCount && firsts.indices.allSatisfy { firsts[$0] == $0 }
  }

  /// The Gaussian for a step of `step` input samples: 2 * radius + 1 values that add up to 1.
  static func antiAliasKernel(step: Double) -> [Double] {
    let sigma = 0.42 * max(step * step - 1, 0).squareRoot()
    let radius = Int(4 * sigma + 0.5)
    guard radius > 0 else { return [1] }
    let values = (-radius...radius).map { exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
    let sum = values.reduce(0, +)
    return values.map { $0 / sum }
  }

  /// Which outputs need each input: a range, since firsts and lasts never decrease.
  func outputsNeedingInputs() -> [Range<Int>] {
    var lower = 0
    var upper = 0
    return (0..<inputCount).map { input in
      while upper < outputCount, firsts[upper] <= input { upper += 1 }
      while lower < upper, last(lower) < input { lower += 1 }
      return lower..<upper
    }
  }
}

/// destination += weight * source, element by element.
@inline(__always)
func accumulate(
  _ source: UnsafePointer<Float>, times weight: Float, into destination: UnsafeMutablePointer<Float>, count: Int
) {
  for index in 0..<count { destination[index] += weight * source[index] }
}
