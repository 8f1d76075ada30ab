/// Wall time in seconds since it was last read.
struct Stopwatch {
  private var last = ContinuousClock.now

  /// Seconds since the start or the last call.
  mutating func lap() -> Double {
    let now = ContinuousClock.now
    defer { last = now }
    let (seconds, attoseconds) = (now - last).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
