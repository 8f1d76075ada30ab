import CoarseToFine

/// Turns stages, rounds and slices into one fraction that never falls.
///
/// Nobody knows beforehand how many rounds it takes, so each fine round covers half of what is left of its share.
struct ProgressMeter {
  private static let loaded = 0.02
  private static let prepared = 0.08
  private static let coarse = 0.6
  private static let fine = 0.95

  /// The fraction before anything else than loading is done.
  static func fraction(ofLoading share: Double) -> Double { loaded * share }
  /// The fraction while the volume goes to the working grid.
  static func fraction(ofPreparing share: Double) -> Double { loaded + (prepared - loaded) * share }
  /// The fraction while the mask goes back to the host's grid.
  static func fraction(ofFinishing share: Double) -> Double { fine + (1 - fine) * share }

  /// The fraction after `share` (0...1) of the work of a stage; `round` counts fine rounds from 1.
  static func fraction(of stage: Stage, round: Int, share: Double) -> Double {
    switch stage {
    case .coarse: return prepared + (coarse - prepared) * share
    case .fine:
      var left = fine - coarse
      for _ in 1..<max(1, round) { left /= 2 }
      // Both ends are written as the next round writes its start, or rounding would let the fraction fall by a bit.
      let (start, end) = (fine - left, fine - left / 2)
      return min(start + (end - start) * share, end)
    }
  }
}
