/// How one convolution computes: the element types of its tensors, and what one step of an 8-bit number is worth.
struct LayerArithmetic: Hashable, Sendable {
  /// Elements of the activations read and written, and of the weights. The bias is always float32.
  let source: OneDNN.Element, weights: OneDNN.Element, destination: OneDNN.Element
  /// int8: the value of one step of the source; 1 otherwise.
  let sourceStep: Float
  /// int8: the value of one step of the destination; 1 for a destination of float32.
  let destinationStep: Float

  static let float32 = LayerArithmetic(
    source: .float32, weights: .float32, destination: .float32, sourceStep: 1, destinationStep: 1)
}

extension NetworkDescription {
  /// The arithmetic of every convolution, in the order in which they run; score maps are float32 in any precision.
  ///
  /// int8 needs `activationMaxima`: the largest input ("input") and activation of each layer with ReLU. Throws
  /// `missingTensor` for one that is not there.
  func arithmetic(
    _ precision: Precision, activationMaxima: [String: Float]?
  ) throws(NetworkError) -> [(layer: ConvolutionLayer, arithmetic: LayerArithmetic)] {
    func step(_ name: String) throws(NetworkError) -> Float {
      guard precision == .int8 else { return 1 }
      guard let largest = activationMaxima?[name], largest >= 0, largest.isFinite else {
        throw NetworkError(
          code: .missingTensor, message: "\(name): no activation range, int8 needs one; calibrate the bundle")
      }
      // A layer that was silent on all calibration images gets a range that no value of a network falls below.
      return max(largest, 1e-6) / 255
    }
    let activations = precision.activations
    let weights: OneDNN.Element = precision == .int8 ? .int8 : activations
    var sourceStep = try step("input")
    var result: [(ConvolutionLayer, LayerArithmetic)] = []
    for next in steps {
      switch next {
      case .pool: continue
      case .convolution(let layer):
        let destinationStep = try step(layer.name)
        result.append(
          (
            layer,
            LayerArithmetic(
              source: activations, weights: weights, destination: activations, sourceStep: sourceStep,
              destinationStep: destinationStep)
          ))
        sourceStep = destinationStep
      case .score(let layer):
        result.append(
          (
            layer,
            LayerArithmetic(
              source: activations, weights: weights, destination: .float32, sourceStep: sourceStep, destinationStep: 1)
          ))
      }
    }
    return result
  }
}

extension Precision {
  /// How activations of this precision are stored.
  var activations: OneDNN.Element {
    switch self {
    case .float32: .float32
    case .bfloat16: .bfloat16
    case .int8: .uint8
    }
  }
}

/// Weights of one layer as 8-bit numbers, a scale for each output channel.
struct QuantizedWeights {
  /// round(w / step), -127...127, in the order of the weights.
  let values: [Int8]
  /// The largest magnitude of each output channel / 127.
  let steps: [Float]

  /// `weights` is [out, ...] row-major.
  init(_ weights: [Float], outChannels: Int) {
    let count = weights.count / outChannels
    steps = (0..<outChannels).map { channel in
      let largest = weights[channel * count..<(channel + 1) * count].reduce(Float(0)) { max($0, $1.magnitude) }
      return max(largest, 1e-30) / 127
    }
    var values = [Int8](repeating: 0, count: weights.count)
    for channel in 0..<outChannels {
      let inverse = 1 / steps[channel]
      for index in channel * count..<(channel + 1) * count {
        values[index] = Int8(min(max((weights[index] * inverse).rounded(.toNearestOrEven), -127), 127))
      }
    }
    self.values = values
  }
}
