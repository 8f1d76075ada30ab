import Networks

/// What sizes that were not seen before cost: every crop is computed twice, the first time with its plan.
struct PlanningCost {
  private var first = 0.0, again = 0.0
  private let crops = 127

  /// 127 crops of sides 60...160, all of different sizes, on one thread: a view of a fine round.
  init(of network: FCN8s, _ options: Options) throws {
    let workspace = Workspace()
    for index in 0..<crops {
      let (rows, columns) = (60 + index * 37 % 101, 60 + index * 53 % 97)
      let pixels = [Float](repeating: 0.5, count: network.description.inputChannels * rows * columns)
      for turn in 0..<2 {
        let start = Elapsed.now.processor
        _ = try network.predict(pixels, rows: rows, columns: columns, workspace: workspace)
        let time = Elapsed.now.processor - start
        if turn == 0 { first += time } else { again += time }
      }
    }
  }

  var text: String {
    let share = ((first - again) / first * 1000).rounded() / 10
    func milliseconds(_ seconds: Double) -> Double { (seconds / Double(crops) * 100_000).rounded() / 100 }
    return "\(crops) new sizes: \(milliseconds(first)) ms a crop with its plan, \(milliseconds(again)) ms without; "
      + "planning is \(share) % of the time"
  }
}
