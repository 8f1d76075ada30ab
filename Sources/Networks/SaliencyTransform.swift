/// The saliency transformation of RSTN (Yu et al., CVPR 2018): what the previous round says becomes a weight of the image.
///
/// Two small convolutions on the probability maps of a slice and its neighbours, both over the whole slice with zeros
/// outside it: k1 x k1 with ReLU, then k2 x k2 (3 and 5 in the paper). The image is multiplied by the result. Computed for
/// the positions of a box alone; a value depends on the probabilities at most `reach` pixels away. Plain loops: a few
/// hundred multiplications a pixel, next to nothing beside the network. Same bits on every run.
public struct SaliencyTransform: Sendable {
  /// Slices in and out: those of the image.
  public let channels: Int
  private let first: Convolution
  private let second: Convolution

  /// One convolution with zeros around it.
  private struct Convolution: Sendable {
    let kernel: Int
    /// [out, in, kernel rows, kernel columns].
    let weights: [Float]
    /// [out].
    let biases: [Float]

    var reach: Int { kernel / 2 }
  }

  /// Takes the tensors saliency1 and saliency2, `.weight` [channels, channels, k, k] and `.bias` [channels], k odd.
  ///
  /// Throws `impossibleDescription` for other kernels, `missingTensor`, `wrongShape`, and whatever `weights` throws.
  public init(channels: Int, kernels: [Int], weights: (_ name: String) throws -> WeightTensor?) throws {
    guard [1, 3].contains(channels), kernels.count == 2,
      kernels.allSatisfy({ (1...15).contains($0) && !$0.isMultiple(of: 2) })
    else {
      throw NetworkError(
        code: .impossibleDescription,
        message: "network description: saliency needs 1 or 3 channels and two odd kernels in 1...15, "
          + "found \(channels) and \(kernels)")
    }
    self.channels = channels
    var layers: [Convolution] = []
    for (name, kernel) in zip(["saliency1", "saliency2"], kernels) {
      layers.append(
        Convolution(
          kernel: kernel,
          weights: try FCN8s.tensor("\(name).weight", of: [channels, channels, kernel, kernel], from: weights),
          biases: try FCN8s.tensor("\(name).bias", of: [channels], from: weights)))
    }
    (first, second) = (layers[0], layers[1])
  }

  /// How far from a pixel the probabilities lie on which its saliency depends, in pixels.
  public var reach: Int { first.reach + second.reach }

  /// The rows (or columns) of a slice of `size` whose probabilities a box's saliency depends on.
  public func input(for range: Range<Int>, within size: Int) -> Range<Int> {
    Self.expand(range, by: reach, within: size)
  }

  /// Multiplies the image of a box, [channels, rows, columns], by the saliency of the probabilities around it.
  ///
  /// `probabilities` is [channels, `input(for: rows)`, `input(for: columns)`] of a slice of `sliceRows` x `sliceColumns`.
  /// Throws `impossibleInput` for buffers of other sizes or a box outside the slice.
  public func apply(
    to image: inout [Float], rows: Range<Int>, columns: Range<Int>, sliceRows: Int, sliceColumns: Int,
    probabilities: [Float]
  ) throws(NetworkError) {
    guard rows.lowerBound >= 0, rows.upperBound <= sliceRows, columns.lowerBound >= 0,
      columns.upperBound <= sliceColumns
    else {
      throw NetworkError(
        code: .impossibleInput,
        message: "network input: the box \(rows) x \(columns) lies outside its slice of \(sliceRows) x \(sliceColumns)")
    }
    let seen = Window(
      rows: input(for: rows, within: sliceRows), columns: input(for: columns, within: sliceColumns))
    let between = Window(
      rows: Self.expand(rows, by: second.reach, within: sliceRows),
      columns: Self.expand(columns, by: second.reach, within: sliceColumns))
    let box = Window(rows: rows, columns: columns)
    guard probabilities.count == channels * seen.count, image.count == channels * box.count else {
      throw NetworkError(
        code: .impossibleInput,
        message: "network input: \(channels) x \(box.count) pixels and \(channels) x \(seen.count) probabilities "
          + "expected, found \(image.count) and \(probabilities.count)")
    }
    var hidden = convolve(probabilities, seen, first, to: between)
    for index in hidden.indices { hidden[index] = max(hidden[index], 0) }
    let saliency = convolve(hidden, between, second, to: box)
    for index in image.indices { image[index] *= saliency[index] }
  }

  /// A part of a slice; what lies outside of it and of interest is outside the slice, where everything is 0.
  private struct Window {
    let rows: Range<Int>
    let columns: Range<Int>
    var count: Int { rows.count * columns.count }
  }

  private static func expand(_ range: Range<Int>, by reach: Int, within size: Int) -> Range<Int> {
    max(0, range.lowerBound - reach)..<min(size, range.upperBound + reach)
  }

  /// [channels, source] -> [channels, target]; summed kernel position by kernel position, so that rows vectorise.
  private func convolve(_ values: [Float], _ source: Window, _ layer: Convolution, to target: Window) -> [Float] {
    var result = [Float](repeating: 0, count: channels * target.count)
    values.withUnsafeBufferPointer { values in
      result.withUnsafeMutableBufferPointer { result in
        for output in 0..<channels {
          let plane = UnsafeMutableBufferPointer(rebasing: result[output * target.count..<(output + 1) * target.count])
          plane.update(repeating: layer.biases[output])
          for input in 0..<channels {
            for tap in 0..<layer.kernel * layer.kernel {
              let weight = layer.weights[(output * channels + input) * layer.kernel * layer.kernel + tap]
              let (down, right) = (tap / layer.kernel - layer.reach, tap % layer.kernel - layer.reach)
              add(values, input, source, weight, down, right, to: plane, target)
            }
          }
        }
      }
    }
    return result
  }

  /// Adds weight * value of the pixel `down` rows below and `right` columns beside, where the source has it.
  private func add(
    _ values: UnsafeBufferPointer<Float>, _ channel: Int, _ source: Window, _ weight: Float, _ down: Int, _ right: Int,
    to plane: UnsafeMutableBufferPointer<Float>, _ target: Window
  ) {
    let first = max(target.columns.lowerBound, source.columns.lowerBound - right)
    let end = min(target.columns.upperBound, source.columns.upperBound - right)
    guard first < end else { return }
    for row in target.rows where source.rows.contains(row + down) {
      let from =
        (channel * source.rows.count + row + down - source.rows.lowerBound) * source.columns.count
        + first + right - source.columns.lowerBound
      let to = (row - target.rows.lowerBound) * target.columns.count + first - target.columns.lowerBound
      for index in 0..<end - first { plane[to + index] += weight * values[from + index] }
    }
  }
}
