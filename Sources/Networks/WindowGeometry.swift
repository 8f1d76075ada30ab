/// How positions of a step's output follow from positions of its input, along one axis.
///
/// Convolutions and score layers slide a window by one; pools take pairs, a last odd position alone.
enum WindowGeometry: Hashable, Sendable {
  case convolution(kernel: Int, padding: Int)
  case pool

  func outputSize(_ size: Int) -> Int {
    switch self {
    case .convolution(let kernel, let padding): size + 2 * padding - kernel + 1
    case .pool: (size + 1) / 2
    }
  }

  /// Output positions that see any of `range`, for an input of `size`.
  func dependents(of range: Range<Int>, size: Int) -> Range<Int> {
    guard !range.isEmpty else { return 0..<0 }
    switch self {
    case .convolution(let kernel, let padding):
      let lower = max(0, range.lowerBound + padding - kernel + 1)
      return lower..<max(lower, min(outputSize(size), range.upperBound + padding))
    case .pool: return range.lowerBound / 2..<(range.upperBound + 1) / 2
    }
  }

  /// Input positions that the outputs `range` see, without those outside the map.
  func inputs(of range: Range<Int>, size: Int) -> Range<Int> {
    guard !range.isEmpty else { return 0..<0 }
    switch self {
    case .convolution(let kernel, let padding):
      return max(0, range.lowerBound - padding)..<min(size, range.upperBound - padding + kernel - 1)
    case .pool: return 2 * range.lowerBound..<min(size, 2 * range.upperBound)
    }
  }

  /// Zeros that the window sees before and after the map when it computes the outputs `range`.
  func padding(of range: Range<Int>, size: Int) -> (before: Int, after: Int) {
    switch self {
    case .convolution(let kernel, let padding):
      return (
        max(0, padding - range.lowerBound), max(0, range.upperBound - padding + kernel - 1 - size)
      )
    case .pool: return (0, max(0, 2 * range.upperBound - size))
    }
  }

  func dependents(of region: MapRegion, in input: MapSize) -> MapRegion {
    guard !region.isEmpty else { return .empty }
    return MapRegion(
      rows: dependents(of: region.rows, size: input.rows),
      columns: dependents(of: region.columns, size: input.columns))
  }

  func inputs(of region: MapRegion, in input: MapSize) -> MapRegion {
    guard !region.isEmpty else { return .empty }
    return MapRegion(
      rows: inputs(of: region.rows, size: input.rows), columns: inputs(of: region.columns, size: input.columns))
  }
}

extension NetworkStep {
  var window: WindowGeometry {
    switch self {
    case .convolution(let layer), .score(let layer): .convolution(kernel: layer.kernel, padding: layer.padding)
    case .pool: .pool
    }
  }

  /// Whether the output becomes the trunk; a score branches off.
  var isTrunk: Bool {
    if case .score = self { false } else { true }
  }
}
