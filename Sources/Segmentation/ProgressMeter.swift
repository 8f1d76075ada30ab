import CoarseToFine

/// Turns stages, rounds and slices into one fraction that never falls, half of it about half the work.
///
/// Each stage has the share of its forecast work. Nobody knows beforehand how many rounds it takes, so each fine round
/// covers three quarters of what is left of their share: the first computes most of the slices.
struct ProgressMeter {
  private let loaded: Double
  private let prepared: Double
  private let coarse: Double
  private let fine: Double

  /// A meter for the work of a run.
  init(_ work: RunForecast.Work) {
    let total = max(work.total, .leastNormalMagnitude)
    loaded = work.load / total
    prepared = loaded + work.prepare / total
    coarse = prepared + work.coarse / total
    fine = min(coarse + work.fine / total, 1)
  }

  /// The fraction after `share` (0...1) of the work of a step; `round` counts fine rounds from 1.
  func fraction(of step: RunControl.Step, round: Int = 0, share: Double) -> Double {
    switch step {
    case .load: return loaded * share
    case .prepare: return Self.between(loaded, prepared, share)
    case .coarse: return Self.between(prepared, coarse, share)
    case .fine:
      var left = fine - coarse
      for _ in 1..<max(1, round) { left /= 4 }
      // Both ends are written as the next round writes its start, or rounding would let the fraction fall by a bit.
      return Self.between(fine - left, fine - left / 4, share)
    case .finish: return Self.between(fine, 1, share)
    }
  }

  private static func between(_ start: Double, _ end: Double, _ share: Double) -> Double {
    min(start + (end - start) * share, end)
  }
}
