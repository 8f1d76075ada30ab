import Glibc
import Networks

/// What the plans of new crop sizes cost in a fine round: the round is computed twice, the first time with its plans.
///
/// Three views, each with a network of its own, of an organ of 120 x 100 x 80 voxels whose outline is no ellipsoid, so
/// that hardly two slices have boxes of one size; a margin of 20 on every side. One thread, processor time.
struct PlanningCost {
  private var first = 0.0, again = 0.0
  private var crops = 0
  private var sizes: Set<[Int]> = []

  init(_ options: Options, load: () throws -> FCN8s) throws {
    let sides = [120, 100, 80]
    for view in 0..<3 {
      let network = try load()
      let workspace = Workspace()
      let boxes = (0..<sides[view]).map { slice in
        Self.box(slice, of: sides[view], sides[(view + 1) % 3], sides[(view + 2) % 3])
      }
      crops += boxes.count
      sizes.formUnion(boxes.map { [$0.rows, $0.columns] })
      for turn in 0..<2 {
        for box in boxes {
          let pixels = [Float](
            repeating: 0.5, count: network.description.inputChannels * box.rows * box.columns)
          let start = Elapsed.now.processor
          _ = try network.predict(pixels, rows: box.rows, columns: box.columns, workspace: workspace)
          let time = Elapsed.now.processor - start
          if turn == 0 { first += time } else { again += time }
        }
      }
    }
  }

  private static func box(_ slice: Int, of slices: Int, _ rows: Int, _ columns: Int) -> (rows: Int, columns: Int) {
    let height = (2 * Double(slice) + 1) / Double(slices) - 1
    let round = (1 - height * height).squareRoot()
    func side(_ length: Int, _ wave: Double) -> Int {
      40 + Int((Double(length) * round * (1 - 0.15 * (1 + sin(wave * height)))).rounded())
    }
    return (side(rows, 5), side(columns, -7))
  }

  var text: String {
    let share = ((first - again) / first * 1000).rounded() / 10
    func milliseconds(_ seconds: Double) -> Double { (seconds / Double(crops) * 100_000).rounded() / 100 }
    return "\(crops) crops of \(sizes.count) sizes: \(milliseconds(first)) ms a crop with its plan, "
      + "\(milliseconds(again)) ms without; planning is \(share) % of a fine round"
  }
}
