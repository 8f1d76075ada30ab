import Foundation

/// What `islet bench volume` measured, as it is written to volume.json.
struct VolumeReport: Encodable {
  /// One view of one pass.
  struct Stage: Encodable {
    let stage: String
    let view: String
    /// Seconds to read, check and pack the network's weights.
    let loadSeconds: Double
    /// Wall seconds of the slices that were computed.
    let computedSeconds: Double
    let slicesComputed: Int
    /// Slices that the pass has to compute.
    let slices: Int

    /// Of the whole pass; extrapolated by the number of slices where not all were computed.
    var seconds: Double {
      slicesComputed == 0 ? 0 : computedSeconds * Double(slices) / Double(slicesComputed)
    }

    /// Reads the helper's answer: four numbers.
    init(_ stage: String, _ view: String, answer: String) throws(CommandFailure) {
      let words = answer.split(separator: " ").compactMap { Double($0) }
      guard words.count == 4 else {
        throw CommandFailure(exitCode: .plugin, sentence: "islet-engine answered \(answer), expected four numbers")
      }
      (self.stage, self.view) = (stage, view)
      (loadSeconds, computedSeconds) = (words[0], words[1])
      (slicesComputed, slices) = (Int(words[2]), Int(words[3]))
    }

    enum CodingKeys: String, CodingKey {
      case stage, view, slices, seconds
      case loadSeconds = "load_seconds"
      case computedSeconds = "computed_seconds"
      case slicesComputed = "slices_computed"
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(stage, forKey: .stage)
      try container.encode(view, forKey: .view)
      try container.encode(loadSeconds, forKey: .loadSeconds)
      try container.encode(computedSeconds, forKey: .computedSeconds)
      try container.encode(slicesComputed, forKey: .slicesComputed)
      try container.encode(slices, forKey: .slices)
      try container.encode(seconds, forKey: .seconds)
    }
  }

  let schema = "org.islet.bench-volume/1"
  let image: String
  let mask: String
  let bundle: String
  let precision: String
  let quality: String
  /// Every how manyeth slice was computed; above 1 the seconds are extrapolated.
  let share: Int
  let rounds: Int
  let threads: Int
  let processor: String
  /// The CT itself, which the peak includes.
  let volumeBytes: Int
  let peakBytes: Int?
  let stages: [Stage]
  let researchUse = "Research use only, not for diagnosis."

  private func seconds(_ stage: String) -> Double { stages.filter { $0.stage == stage }.reduce(0) { $0 + $1.seconds } }
  private var loading: Double { stages.reduce(0) { $0 + $1.loadSeconds } }
  private var total: Double { loading + seconds("coarse") + Double(rounds) * seconds("fine") }

  enum CodingKeys: String, CodingKey {
    case schema, image, mask, bundle, precision, quality, share, rounds, threads, processor, stages
    case volumeBytes = "volume_bytes"
    case peakBytes = "peak_bytes"
    case isExtrapolated = "is_extrapolated"
    case loadSeconds = "load_seconds"
    case coarseSeconds = "coarse_seconds"
    case roundSeconds = "fine_round_seconds"
    case totalSeconds = "total_seconds"
    case researchUse = "research_use"
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(schema, forKey: .schema)
    try container.encode(image, forKey: .image)
    try container.encode(mask, forKey: .mask)
    try container.encode(bundle, forKey: .bundle)
    try container.encode(precision, forKey: .precision)
    try container.encode(quality, forKey: .quality)
    try container.encode(share, forKey: .share)
    try container.encode(share > 1, forKey: .isExtrapolated)
    try container.encode(rounds, forKey: .rounds)
    try container.encode(threads, forKey: .threads)
    try container.encode(processor, forKey: .processor)
    try container.encode(volumeBytes, forKey: .volumeBytes)
    try container.encode(peakBytes, forKey: .peakBytes)
    try container.encode(stages, forKey: .stages)
    try container.encode(loading, forKey: .loadSeconds)
    try container.encode(seconds("coarse"), forKey: .coarseSeconds)
    try container.encode(seconds("fine"), forKey: .roundSeconds)
    try container.encode(total, forKey: .totalSeconds)
    try container.encode(researchUse, forKey: .researchUse)
  }

  /// A row a pass, then the sums.
  var table: String {
    func number(_ value: Double) -> String { String(format: "%.1f", value) }
    var lines = ["| pass | slices | computed | s | weights, s |", "|---|---:|---:|---:|---:|"]
    lines += stages.map {
      "| \($0.stage) \($0.view) | \($0.slices) | \($0.slicesComputed) | \(number($0.seconds)) | \(number($0.loadSeconds)) |"
    }
    let peak = peakBytes.map { ", peak \($0 / 1_000_000) MB of which the CT \(volumeBytes / 1_000_000)" } ?? ""
    lines.append(
      "\(precision), \(quality), \(threads) threads: weights \(number(loading)) s, coarse \(number(seconds("coarse"))) s, "
        + "a fine round \(number(seconds("fine"))) s; with \(rounds) rounds \(number(total)) s\(peak)")
    if share > 1 { lines.append("Extrapolated: one slice in \(share) was computed.") }
    return lines.joined(separator: "\n")
  }
}
