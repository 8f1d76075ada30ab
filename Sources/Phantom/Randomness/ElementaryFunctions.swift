/// exp, log, sin, cos and pow from + - * / alone, so that a seed gives the same bits on every machine.
///
/// The C library picks other variants of these functions on other processors (with and without fused
/// multiply-add), and their last bits differ. IEEE 754 fixes the results of the five basic operations, and Swift does
/// not fuse them. Relative error below 1e-14 over the ranges that synthesis uses. Cost: 15 to 30 operations.
public enum ElementaryFunctions {
  /// ln 2 in two parts; the first has 20 trailing zero bits, so that its product with an exponent is exact.
  private static let ln2High = 0x1.62e42feep-1
  private static let ln2Low = 0x1.a39ef35793c76p-33
  /// pi/2 in three parts, the first two with trailing zero bits.
  private static let halfPiHigh = 0x1.921fb544p+0
  private static let halfPiMiddle = 0x1.0b4611a6p-34
  private static let halfPiLow = 0x1.3198a2e037073p-69

  /// e to the power x; 0 below -700, and x above 700 counts as 700.
  public static func exp(_ x: Double) -> Double {
    guard x > -700 else { return 0 }
    let x = min(x, 700)
    let exponent = (x * (1 / 0x1.62e42fefa39efp-1)).rounded()
    let rest = (x - exponent * ln2High) - exponent * ln2Low
    // Taylor's series by Horner's rule: |rest| <= 0.35, so the 15th term is below 1e-19.
    var sum = 1.0
    var term = 14.0
    while term >= 1 {
      sum = 1 + sum * rest / term
      term -= 1
    }
    return sum * Double(sign: .plus, exponent: Int(exponent), significand: 1)
  }

  /// The natural logarithm of a positive, normal number.
  public static func log(_ x: Double) -> Double {
    precondition(x > 0 && x.isNormal, "a logarithm of a number that is not positive")
    var exponent = Double(x.exponent)
    var significand = x.significand
    if significand > 1.4142135623730951 {
      significand *= 0.5
      exponent += 1
    }
    // log m = 2 artanh s with s = (m - 1) / (m + 1), |s| <= 0.172.
    let s = (significand - 1) / (significand + 1)
    let square = s * s
    var sum = 0.0
    var power = 23.0
    while power >= 3 {
      sum = (sum + 1 / power) * square
      power -= 2
    }
    return exponent * ln2High + (2 * s * (1 + sum) + exponent * ln2Low)
  }

  /// The sine of an angle in radians, |x| below 1e5.
  public static func sin(_ x: Double) -> Double { quarterTurn(x, shift: 0) }

  /// The cosine of an angle in radians, |x| below 1e5.
  public static func cos(_ x: Double) -> Double { quarterTurn(x, shift: 1) }

  /// A positive base to any power.
  public static func pow(_ base: Double, _ exponent: Double) -> Double { exp(exponent * log(base)) }

  /// sin(x + shift quarter turns).
  private static func quarterTurn(_ x: Double, shift: Int) -> Double {
    precondition(abs(x) <= 1e5, "an angle out of range")
    let turns = (x * 0.6366197723675814).rounded()
    let rest = ((x - turns * halfPiHigh) - turns * halfPiMiddle) - turns * halfPiLow
    let square = rest * rest
    let quadrant = (Int(turns) + shift) & 3
    var sum = 1.0
    let isSine = quadrant & 1 == 0
    var term = isSine ? 18.0 : 17
    while term >= 1 {
      sum = 1 - sum * square / (term * (term + 1))
      term -= 2
    }
    if isSine { sum *= rest }
    return quadrant & 2 == 0 ? sum : -sum
  }
}
