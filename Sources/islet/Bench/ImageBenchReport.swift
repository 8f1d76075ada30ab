import Foundation

/// What `islet bench images` measured, as it is written to images.json.
struct ImageBenchReport: Encodable {
  /// One reader on one series.
  struct Reader: Encodable {
    let name: String
    let version: String
    /// In the order of the rounds.
    let milliseconds: [Double]

    var median: Double { milliseconds.sorted()[milliseconds.count / 2] }

    enum CodingKeys: String, CodingKey {
      case name, version, milliseconds
      case median = "median_ms"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(name, forKey: .name)
      try container.encode(version, forKey: .version)
      try container.encode(milliseconds, forKey: .milliseconds)
      try container.encode(median, forKey: .median)
    }
  }

  /// One series.
  struct Series: Encodable {
    let name: String
    let voxels: Int
    let readers: [Reader]
  }

  let schema = "org.islet.bench-images/1"
  let rounds: Int
  let cores: Int
  var series: [Series] = []
  let researchUse = "Research use only, not for diagnosis."

  enum CodingKeys: String, CodingKey {
    case schema, rounds, cores, series
    case researchUse = "research_use"
  }

  init(rounds: Int, cores: Int) { (self.rounds, self.cores) = (rounds, cores) }

  /// Medians, and how many times as long as Islet each reader took.
  var table: String {
    var lines = ["| series | reader | version | median ms | times Islet's |", "|---|---|---|---:|---:|"]
    for series in series {
      let own = series.readers.first?.median ?? 1
      for reader in series.readers {
        let figures = String(format: "%.0f | %.2f", reader.median, reader.median / own)
        lines.append("| \(series.name) | \(reader.name) | \(reader.version) | \(figures) |")
      }
    }
    return lines.joined(separator: "\n")
  }
}
