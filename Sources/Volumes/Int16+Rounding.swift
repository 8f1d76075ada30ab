extension Int16 {
  /// The nearest whole number (ties to even), clamped to Int16.
  ///
  /// Adding 1.5 * 2^52 leaves the rounded number in the low bits of the sum: no call, no branch, no trap. NaN gives an
  /// unspecified number; callers refuse it first.
  @inline(__always)
  init(clampedRounding value: Double) {
    let clamped = Swift.min(Swift.max(value, -32768), 32767)
    self.init(truncatingIfNeeded: (clamped + 0x1.8p52).bitPattern)
  }

  /// The nearest whole number (ties to even), clamped to Int16; see the initialiser for Double.
  @inline(__always)
  init(clampedRounding value: Float) {
    let clamped = Swift.min(Swift.max(value, -32768), 32767)
    self.init(truncatingIfNeeded: (clamped + 0x1.8p23).bitPattern)
  }
}
