import Networks

/// Multiplications and times of every layer, with everything computed and with rectangles.
struct LayerTable {
  let whole: [LayerProfile], rectangles: [LayerProfile]

  /// The best time of each layer over all rounds, on one thread.
  static func profile(_ network: FCN8s, _ pixels: [Float], _ options: Options) throws -> [LayerProfile] {
    let workspace = Workspace()
    var best: [LayerProfile] = []
    for _ in 0..<options.rounds {
      let round = try network.profile(
        pixels, rows: options.rows, columns: options.columns, workspace: workspace, clock: { Elapsed.now.processor })
      best = best.isEmpty ? round : zip(best, round).map { $0.seconds < $1.seconds ? $0 : $1 }
    }
    return best
  }

  /// One line a layer: GMAC and processor ms without and with rectangles, and GFLOP/s (of direct sums) with them.
  var text: String {
    let header = line("layer", "GMAC all", "GMAC", "ms all", "ms", "GFLOP/s")
    let rows = zip(whole, rectangles).map { row($0.name, $0, $1) }
    let sum = { (layers: [LayerProfile]) in
      layers.reduce(into: LayerProfile(name: "sum", multiplyAccumulates: 0, seconds: 0)) {
        $0.multiplyAccumulates += $1.multiplyAccumulates
        $0.seconds += $1.seconds
      }
    }
    return ([header] + rows + [row("sum", sum(whole), sum(rectangles))]).joined(separator: "\n")
  }

  private func row(_ name: String, _ whole: LayerProfile, _ rectangles: LayerProfile) -> String {
    func billions(_ profile: LayerProfile) -> String { fixed(Double(profile.multiplyAccumulates) * 1e-9) }
    let speed = rectangles.seconds > 0 ? 2e-9 * Double(rectangles.multiplyAccumulates) / rectangles.seconds : 0
    return line(
      name, billions(whole), billions(rectangles), fixed(whole.seconds * 1000), fixed(rectangles.seconds * 1000),
      fixed(speed))
  }

  private func line(_ cells: String...) -> String {
    cells.enumerated().map { index, cell in
      let space = String(repeating: " ", count: max(0, (index == 0 ? 14 : 10) - cell.count))
      return index == 0 ? cell + space : space + cell
    }.joined()
  }

  private func fixed(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }
}
