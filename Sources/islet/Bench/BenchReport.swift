import Foundation

/// What `islet bench engine` measured, as it is written to engine.json.
struct BenchReport: Encodable {
  /// One engine with one precision on one size.
  struct Measurement: Encodable {
    let engine: String
    let version: String
    let precision: String
    let size: String
    /// Milliseconds a slice, in the order of the rounds.
    let milliseconds: [Double]
    let median: Double
    /// Most memory resident while this size was prepared and run.
    let peakBytes: Int?
    /// Against PyTorch's eager float32 on the same slice; nil where that did not run.
    let largestProbabilityDifference: Double?

    enum CodingKeys: String, CodingKey {
      case engine, version, precision, size, milliseconds
      case median = "median_ms"
      case peakBytes = "peak_bytes"
      case largestProbabilityDifference = "largest_probability_difference"
    }
  }

  /// How many times as long a peer took as Islet: the median over the rounds of the ratio within a round.
  struct Ratio: Encodable {
    let engine: String
    let precision: String
    let size: String
    let ratio: Double
  }

  /// One size of the inputs.
  struct Input: Encodable {
    let size: String
    let slices: String
    let nonZeroShare: Double

    enum CodingKeys: String, CodingKey {
      case size, slices
      case nonZeroShare = "non_zero_share"
    }
  }

  let schema = "org.islet.bench-engine/1"
  let network: String
  let image: String
  let inputs: [Input]
  let processor: String
  let threads: Int
  let rounds: Int
  let measurements: [Measurement]
  let researchUse = "Research use only, not for diagnosis."

  static let ours = "islet"

  var ratios: [Ratio] {
    measurements.compactMap { peer in
      guard peer.engine != Self.ours,
        let own = measurements.first(where: {
          $0.engine == Self.ours && $0.precision == peer.precision && $0.size == peer.size
        })
      else { return nil }
      return Ratio(
        engine: peer.engine, precision: peer.precision, size: peer.size,
        ratio: median(zip(peer.milliseconds, own.milliseconds).map { $0 / $1 }))
    }
  }

  enum CodingKeys: String, CodingKey {
    case schema, network, image, inputs, processor, threads, rounds, measurements, ratios
    case researchUse = "research_use"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(schema, forKey: .schema)
    try container.encode(network, forKey: .network)
    try container.encode(image, forKey: .image)
    try container.encode(inputs, forKey: .inputs)
    try container.encode(processor, forKey: .processor)
    try container.encode(threads, forKey: .threads)
    try container.encode(rounds, forKey: .rounds)
    try container.encode(measurements, forKey: .measurements)
    try container.encode(ratios, forKey: .ratios)
    try container.encode(researchUse, forKey: .researchUse)
  }

  /// A row an engine: ms a slice and times Islet's, size by size, then peak memory.
  var table: String {
    let sizes = inputs.map(\.size)
    var keys: [(String, String)] = []
    for entry in measurements where !keys.contains(where: { $0 == (entry.engine, entry.precision) }) {
      keys.append((entry.engine, entry.precision))
    }
    var lines = [
      "| engine | precision | " + sizes.map { "\($0), ms | times Islet's" }.joined(separator: " | ") + " | peak MB |",
      "|---|---|" + String(repeating: "---:|---:|", count: sizes.count) + "---:|",
    ]
    for (engine, precision) in keys {
      let own = measurements.filter { $0.engine == engine && $0.precision == precision }
      let cells = sizes.map { size in
        let time = own.first { $0.size == size }.map { String(format: "%.1f", $0.median) } ?? "-"
        let ratio = ratios.first { $0.engine == engine && $0.precision == precision && $0.size == size }
        return "\(time) | \(ratio.map { String(format: "%.2f", $0.ratio) } ?? "")"
      }
      let peak = own.compactMap(\.peakBytes).max().map { "\($0 / 1_000_000)" } ?? "-"
      lines.append("| \(engine) | \(precision) | \(cells.joined(separator: " | ")) | \(peak) |")
    }
    return lines.joined(separator: "\n")
  }
}

/// The middle value, the mean of the middle two of an even number; NaN of none.
func median(_ values: [Double]) -> Double {
  guard !values.isEmpty else { return .nan }
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// The processor's name as Linux gives it.
func processorName() -> String {
  let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
  let name = lines.first { $0.hasPrefix("model name") }?.split(separator: ":").last
  return name.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
}
