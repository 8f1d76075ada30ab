import Glibc

/// A score map in row-major order, [channels, rows, columns].
struct ScoreMap {
  let values: UnsafeMutablePointer<Float>
  let rows: Int, columns: Int
}

extension UpsamplingStage {
  /// Floats that `run` needs as `lines` to upsample one channel of a map with `rows` rows to `columns` columns.
  static func lineCount(rows: Int, columns: Int) -> Int {
    rows * columns
  }

  /// Upsamples each channel of `source`, keeps the window of `destination`'s size that starts at `crop`, and adds
  /// `skipScale` times the window of `skip` that starts at `skipCrop`.
  ///
  /// The transposed convolution with the bilinear kernel w(k) = 1 - |k + 1/2 - f| / f, 0 <= k < 2f, separated: output
  /// position J lies between source positions J/f - 1 and J/f, which count 1 - t and t with t = (J mod f + 1/2) / f;
  /// outside the source is 0. Columns first, then rows. Sizes were checked by `networkShapes`.
  func run(
    _ source: ScoreMap, channels: Int, adding skip: ScoreMap?, lines: UnsafeMutablePointer<Float>,
    into destination: ScoreMap
  ) {
    for channel in 0..<channels {
      let input = source.values + channel * source.rows * source.columns
      let output = destination.values + channel * destination.rows * destination.columns
      for row in 0..<source.rows {
        upsampleColumns(
          input + row * source.columns, source.columns, into: lines + row * destination.columns, destination.columns)
      }
      for row in 0..<destination.rows {
        upsampleRows(
          lines, source.rows, row: row, into: output + row * destination.columns, destination.columns)
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

  private func upsampleColumns(
    _ source: UnsafeMutablePointer<Float>, _ count: Int, into line: UnsafeMutablePointer<Float>, _ columns: Int
  ) {
    guard factor > 1 else {
      for column in 0..<columns { line[column] = source[column + crop] }
      return
    }
    var (right, phase) = crop.quotientAndRemainder(dividingBy: factor)
    let step = 1 / Float(factor)
    var column = 0
    while column < columns {
      // All phases between two source positions.
      let before = right > 0 ? source[right - 1] : 0
      let after = right < count ? source[right] : 0
      let last = min(columns, column + factor - phase)
      while column < last {
        let t = (Float(phase) + 0.5) * step
        line[column] = (1 - t) * before + t * after
        column += 1
        phase += 1
      }
      (right, phase) = (right + 1, 0)
    }
  }

  private func upsampleRows(
    _ lines: UnsafeMutablePointer<Float>, _ count: Int, row: Int, into output: UnsafeMutablePointer<Float>,
    _ columns: Int
  ) {
    guard factor > 1 else {
      output.update(from: lines + (row + crop) * columns, count: columns)
      return
    }
    let (below, phase) = (row + crop).quotientAndRemainder(dividingBy: factor)
    let t = (Float(phase) + 0.5) / Float(factor)
    // A line outside the source counts 0: give the other one its weight and read that one twice.
    let weightAbove = below > 0 ? 1 - t : 0
    let weightBelow = below < count ? t : 0
    let above = lines + max(below - 1, 0) * columns
    let under = lines + min(below, count - 1) * columns
    for column in 0..<columns { output[column] = weightAbove * above[column] + weightBelow * under[column] }
  }
}

/// 1 / (1 + exp(-x)), in place.
func applySigmoid(_ values: UnsafeMutableBufferPointer<Float>) {
  for index in values.indices { values[index] = 1 / (1 + expf(-values[index])) }
}
