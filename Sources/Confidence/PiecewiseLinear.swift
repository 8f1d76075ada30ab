/// A function that never falls: straight lines between knots, constant outside of them.
public struct PiecewiseLinear: Hashable, Sendable {
  /// One knot.
  public struct Knot: Hashable, Sendable {
    /// Where.
    public let x: Double
    /// The function's value there.
    public let y: Double

    /// A knot at x.
    public init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
  }

  private let knots: [Knot]

  /// Returns nil without a knot, with a value that is not finite, an x that does not rise or a y that falls.
  public init?(knots: [Knot]) {
    guard !knots.isEmpty, knots.allSatisfy({ $0.x.isFinite && $0.y.isFinite }),
      zip(knots, knots.dropFirst()).allSatisfy({ $0.x < $1.x && $0.y <= $1.y })
    else { return nil }
    self.knots = knots
  }

  /// The value at x; that of the nearest knot outside of them.
  public func callAsFunction(_ x: Double) -> Double {
    guard let upper = knots.firstIndex(where: { x < $0.x }) else { return knots[knots.count - 1].y }
    guard upper > 0 else { return knots[0].y }
    let (a, b) = (knots[upper - 1], knots[upper])
    // Rounding must not lift the value above the next knot's.
    return min(a.y + (b.y - a.y) * ((x - a.x) / (b.x - a.x)), b.y)
  }
}
