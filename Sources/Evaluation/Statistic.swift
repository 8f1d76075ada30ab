/// Mean, spread and extremes of a measure over cases.
public struct Statistic: Codable, Hashable, Sendable {
  /// Number of values.
  public let n: Int
  /// Arithmetic mean.
  public let mean: Double
  /// Sample standard deviation (divisor n - 1); nil for a single value.
  public let sd: Double?
  /// The smallest value.
  public let minimum: Double
  /// Middle value; mean of the two middle ones of an even number.
  public let median: Double
  /// The largest value.
  public let maximum: Double

  enum CodingKeys: String, CodingKey {
    case n, mean, sd, median
    case minimum = "min"
    case maximum = "max"
  }

  /// Returns nil without values. Sums run in ascending order: the order of the cases does not matter.
  public init?(_ values: some Sequence<Double>) {
    let sorted = values.sorted()
    guard let smallest = sorted.first, let largest = sorted.last else { return nil }
    let count = sorted.count
    let mean = sorted.reduce(0, +) / Double(count)
    n = count
    self.mean = mean
    sd =
      count < 2
      ? nil
      : (sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
    minimum = smallest
    maximum = largest
    median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
  }
}
