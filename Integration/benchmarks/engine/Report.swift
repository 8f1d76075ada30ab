/// The figures of one run, as text or as one JSON object.
struct Report {
  let options: Options
  let names: [String]
  let ours: Elapsed
  let layers: [Elapsed]
  /// Bytes of all workspaces.
  let bytes: Int

  private var sum: Elapsed { layers.reduce(Elapsed(), +) }

  /// One line a layer, then the sums; processor time in the second column.
  var text: String {
    let rows = zip(names, layers).map { "  \($0): \(milliseconds($1.wall)), \(milliseconds($1.processor))" }
    let sums = [
      "ms per slice: wall over \(options.threads) threads, processor",
      "sum of oneDNN's convolutions: \(milliseconds(sum.wall)), \(milliseconds(sum.processor))",
      "Islet: \(milliseconds(ours.wall)), \(milliseconds(ours.processor))",
      "ratio: \(ratio(\.wall)), \(ratio(\.processor))",
    ]
    return (rows + sums).joined(separator: "\n")
  }

  /// Everything in one object; times in ms per slice.
  var json: String {
    let layers = zip(names, layers).map { "\"\($0)\": \(milliseconds($1.processor))" }.joined(separator: ", ")
    let fields = [
      "\"network\": \"\(options.which)\"", "\"rows\": \(options.rows)",
      "\"columns\": \(options.columns)", "\"threads\": \(options.threads)",
      "\"islet\": \(pair(ours))", "\"sumOfLayers\": \(pair(sum))",
      "\"ratio\": {\"wall\": \(ratio(\.wall)), \"processor\": \(ratio(\.processor))}",
      "\"workspaceBytes\": \(bytes)", "\"layersProcessor\": {\(layers)}",
    ]
    return "{\(fields.joined(separator: ", "))}"
  }

  private func pair(_ time: Elapsed) -> String {
    "{\"wall\": \(milliseconds(time.wall)), \"processor\": \(milliseconds(time.processor))}"
  }

  private func milliseconds(_ seconds: Double) -> String { ((seconds * 100_000).rounded() / 100).description }

  private func ratio(_ clock: (Elapsed) -> Double) -> String {
    ((clock(ours) / clock(sum) * 1000).rounded() / 1000).description
  }
}
