extension UpsamplingStage {
  /// Upsamples each channel of `source` with a kernel of its own and keeps the window of `destination`'s size that
  /// starts at `crop`.
  ///
  /// The transposed convolution out[f i + k] += in[i] w[k], 0 <= k < 2f, along rows and columns: output position J gets
  /// source J / f with kernel place J mod f, and source J / f - 1 with kernel place J mod f + f; outside the source is 0.
  /// `kernel` is [channels, 1, 2f, 2f], row-major, its size checked when it was loaded.
  func run(_ source: ScoreMap, channels: Int, kernel: [Float], into destination: ScoreMap) {
    let width = 2 * factor
    precondition(kernel.count == channels * width * width)
    kernel.withUnsafeBufferPointer { kernel in
      for channel in 0..<channels {
        let input = source.values + channel * source.rows * source.columns
        let output = destination.values + channel * destination.rows * destination.columns
        let weights = UnsafeBufferPointer(rebasing: kernel[channel * width * width..<(channel + 1) * width * width])
        for row in 0..<destination.rows {
          let line = output + row * destination.columns
          line.update(repeating: 0, count: destination.columns)
          let (below, phase) = (row + crop).quotientAndRemainder(dividingBy: factor)
          for (sourceRow, place) in [(below - 1, phase + factor), (below, phase)]
          where sourceRow >= 0 && sourceRow < source.rows {
            addRow(
              input + sourceRow * source.columns, source.columns,
              weights: UnsafeBufferPointer(rebasing: weights[place * width..<(place + 1) * width]), to: line,
              destination.columns)
          }
        }
      }
    }
  }

  /// Adds one source row's share, with the 2f column weights of its kernel row.
  private func addRow(
    _ source: UnsafeMutablePointer<Float>, _ count: Int, weights: UnsafeBufferPointer<Float>,
    to line: UnsafeMutablePointer<Float>, _ columns: Int
  ) {
    var (right, phase) = crop.quotientAndRemainder(dividingBy: factor)
    for column in 0..<columns {
      let before = right > 0 && right <= count ? source[right - 1] : 0
      let after = right < count ? source[right] : 0
      line[column] += before * weights[phase + factor] + after * weights[phase]
      phase += 1
      if phase == factor { (right, phase) = (right + 1, 0) }
    }
  }
}
