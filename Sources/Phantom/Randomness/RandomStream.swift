/// Random numbers that depend on a seed and a name alone (xoshiro256**, Blackman and Vigna 2018).
///
/// Every organ and the noise draw from a stream of their own: a change in one leaves the others as they are, and an
/// anatomy does not depend on the grid it is rendered on. Not for cryptography.
public struct RandomStream: Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)
  /// The second of two normal numbers that are made together.
  private var spare: Double?

  /// The stream `name` of a seed: FNV-1a over both, spread to 256 bits by SplitMix64.
  public init(seed: UInt64, name: String) {
    var mixer = SplitMix64(state: Self.hash(seed: seed, name: name))
    state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
  }

  /// 64-bit FNV-1a over the seed's eight bytes (little endian) and the name's UTF-8.
  static func hash(seed: UInt64, name: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    for shift in stride(from: UInt64(0), to: 64, by: 8) { add(UInt8(truncatingIfNeeded: seed >> shift)) }
    for byte in name.utf8 { add(byte) }
    return hash
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    let product = state.1 &* 5
    let result = (product << 7 | product >> 57) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = state.3 << 45 | state.3 >> 19
    return result
  }

  /// A number from 0 up to, not including, 1 (53 random bits).
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number between `low` and `high`.
  public mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * uniform() }

  /// A normally distributed number (Marsaglia's polar method).
  public mutating func normal(_ mean: Double = 0, _ sd: Double = 1) -> Double {
    if let value = spare {
      spare = nil
      return mean + sd * value
    }
    while true {
      let (x, y) = (2 * uniform() - 1, 2 * uniform() - 1)
      let square = x * x + y * y
      guard square < 1, square > 1e-300 else { continue }
      let factor = (-2 * ElementaryFunctions.log(square) / square).squareRoot()
      spare = y * factor
      return mean + sd * (x * factor)
    }
  }

  /// A whole number of a range that is not empty.
  public mutating func integer(in range: Range<Int>) -> Int {
    precondition(!range.isEmpty, "a number from an empty range")
    return min(range.lowerBound + Int(uniform() * Double(range.count)), range.upperBound - 1)
  }

  /// True with probability `p`.
  public mutating func chance(_ p: Double) -> Bool { uniform() < p }

  /// An index, drawn with probability proportional to its weight.
  public mutating func choice(weights: [Double]) -> Int {
    precondition(!weights.isEmpty, "a choice among nothing")
    var rest = uniform() * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return index }
    }
    return weights.lastIndex { $0 > 0 } ?? weights.count - 1
  }
}

/// The generator of Steele, Lea and Flood (2014), used to spread seeds.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Self.mixed(state)
  }

  /// The output function alone: a good hash of a counter.
  @inline(__always)
  static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
    return z ^ z >> 31
  }
}
