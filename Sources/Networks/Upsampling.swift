import Glibc

/// A score map in row-major order, [channels, rows, columns].
struct ScoreMap {
  let values: UnsafeMutablePointer<Float>
  let rows: Int, columns: Int
}

extension UpsamplingStage {
  /// w(k, l) = w(k) w(l) with w(k) = 1 - |k + 1/2 - f| / f for each channel: [channels, 1, 2f, 2f].
  func bilinearKernel(channels: Int) -> [Float] {
    let center = Float(factor)
    let line = (0..<2 * factor).map { 1 - (Float($0) + 0.5 - center).magnitude / center }
    let kernel = line.flatMap { row in line.map { row * $0 } }
    return (0..<channels).flatMap { _ in kernel }
  }

  /// Upsamples each channel of `source`, keeps the window of `destination`'s size that starts at `crop`, and adds
  /// `skipScale` times the window of `skip` that starts at `skipCrop`.
  ///
  /// A transposed convolution per channel with `kernel` [channels, 1, 2f, 2f] and stride f, gathered: output position
  /// (J, K) sees source rows J/f - 1 and J/f through kernel rows J mod f + f and J mod f, columns likewise; outside the
  /// source is 0. Sizes were checked by `networkShapes`.
  func run(
    _ source: ScoreMap, kernel: UnsafePointer<Float>?, channels: Int, adding skip: ScoreMap?,
    into destination: ScoreMap
  ) {
    for channel in 0..<channels {
      let input = source.values + channel * source.rows * source.columns
      let output = destination.values + channel * destination.rows * destination.columns
      for row in 0..<destination.rows {
        let line = output + row * destination.columns
        if let kernel {
          let weights = kernel + channel * 4 * factor * factor
          upsample(input, source, weights, row: row + crop, into: line, destination.columns)
        } else {
          line.update(from: input + (row + crop) * source.columns + crop, count: destination.columns)
        }
      }
      guard let skip, let skipScale else { continue }
      let scores = skip.values + channel * skip.rows * skip.columns
      for row in 0..<destination.rows {
        let line = output + row * destination.columns
        let added = scores + (row + skipCrop) * skip.columns + skipCrop
        for column in 0..<destination.columns { line[column] += skipScale * added[column] }
      }
    }
  }

  /// Row `row` of the whole upsampled map, from column `crop` on.
  private func upsample(
    _ source: UnsafeMutablePointer<Float>, _ size: ScoreMap, _ kernel: UnsafePointer<Float>, row: Int,
    into line: UnsafeMutablePointer<Float>, _ columns: Int
  ) {
    let (below, rowPhase) = row.quotientAndRemainder(dividingBy: factor)
    let lowerWeights = kernel + rowPhase * 2 * factor
    let upperWeights = lowerWeights + 2 * factor * factor
    let upper = below > 0 ? source + (below - 1) * size.columns : nil
    let lower = below < size.rows ? source + below * size.columns : nil
    var (right, phase) = crop.quotientAndRemainder(dividingBy: factor)
    var column = 0
    while column < columns {
      // The four source values are the same for all phases between two source columns.
      let hasLeft = right > 0
      let hasRight = right < size.columns
      let upperLeft = hasLeft ? upper?[right - 1] ?? 0 : 0
      let upperRight = hasRight ? upper?[right] ?? 0 : 0
      let lowerLeft = hasLeft ? lower?[right - 1] ?? 0 : 0
      let lowerRight = hasRight ? lower?[right] ?? 0 : 0
      let last = min(columns, column + factor - phase)
      while column < last {
        let fromUpper = upperLeft * upperWeights[phase + factor] + upperRight * upperWeights[phase]
        let fromLower = lowerLeft * lowerWeights[phase + factor] + lowerRight * lowerWeights[phase]
        line[column] = fromUpper + fromLower
        column += 1
        phase += 1
      }
      (right, phase) = (right + 1, 0)
    }
  }
}

/// 1 / (1 + exp(-x)), in place.
func applySigmoid(_ values: UnsafeMutableBufferPointer<Float>) {
  for index in values.indices { values[index] = 1 / (1 + expf(-values[index])) }
}
