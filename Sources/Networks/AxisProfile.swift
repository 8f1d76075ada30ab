/// What an image of zeros looks like along one axis, map by map: different near the two ends, the same in between.
///
/// Zero padding inside the network is seen by positions near a map's border alone, so that a map of any size is told by
/// a short one: the positions before the middle, one of the middle, and those after it. How many there are at the end
/// depends on where pools leave an odd position over, so sizes equal modulo the total stride share one profile.
struct AxisProfile: Hashable, Sendable {
  /// One map.
  struct Map: Hashable, Sendable {
    /// Positions from the start and from the end that differ from the middle.
    var leading = 0, trailing = 0
    /// Positions that are kept.
    var kept = 1

    /// Which kept position stands for `position` of a map of `size`.
    func index(of position: Int, size: Int) -> Int {
      if position < leading { return position }
      if position >= size - trailing { return kept - (size - position) }
      return size == kept ? position : leading
    }
  }

  /// The padded input first, then one per step.
  private(set) var maps: [Map] = [Map()]
  /// For each step, the size of the input from which its kept positions are computed.
  private(set) var inputSizes: [Int] = []

  /// `sizes` are those of the maps, the padded input first; `sources` says what each step reads.
  init(_ windows: [WindowGeometry], sources: [Int], sizes: [Int]) {
    for (step, window) in windows.enumerated() {
      let (input, size) = (maps[sources[step]], sizes[sources[step]])
      var output = Map()
      let inputSize: Int
      switch window {
      case .convolution(let kernel, let padding):
        let grows = padding > 0
        output.leading = grows || input.leading > 0 ? input.leading + padding : 0
        output.trailing = grows || input.trailing > 0 ? input.trailing + padding : 0
        inputSize = min(size, input.leading + kernel + input.trailing)
      case .pool:
        let outputs = (size + 1) / 2
        output.leading = (input.leading + 1) / 2
        output.trailing = input.trailing == 0 ? 0 : outputs - max(0, size - input.trailing) / 2
        inputSize = min(size, 2 * (output.leading + 1 + output.trailing) - size % 2)
      }
      output.kept = window.outputSize(inputSize)
      output.leading = min(output.leading, output.kept)
      output.trailing = min(output.trailing, output.kept)
      maps.append(output)
      inputSizes.append(inputSize)
    }
  }

  /// What the kept positions of map `index` follow from; equal keys, equal values.
  func key(upTo index: Int) -> [Int] {
    zip(maps.dropFirst().prefix(index), inputSizes).flatMap { [$0.leading, $0.trailing, $0.kept, $1] }
  }
}
