import Cohort
import Foundation
import Phantom
import Synchronization

extension SyntheticBatch {
  /// What is not as a list of hashes says, one line for each such case, in the order of the list.
  ///
  /// Cost: reads every image of the cases, several at a time.
  static func compare(
    _ cases: [CohortCase], in folder: String, threads: Int, printer: ProgressPrinter
  ) -> [String] {
    let state = Mutex((done: 0, lines: [String?](repeating: nil, count: cases.count)))
    ParallelSlices.run(count: cases.count, threads: threads) { place in
      guard !Cancellation.isRequested else { return }
      let wanted = cases[place]
      let path = URL(fileURLWithPath: folder).appendingPathComponent(wanted.id).path
      let found = SyntheticCaseFolder(path: path).hashes
      let difference: String? =
        if let found {
          found == wanted.sha256
            ? nil : "\(found.voxels == wanted.sha256?.voxels ? "labels" : "voxels") differ from the list"
        } else { "missing or damaged" }
      state.withLock { state in
        state.lines[place] = difference.map { "\(wanted.id): \($0)" }
        state.done += 1
        printer.show(Double(state.done) / Double(cases.count), title: wanted.id)
      }
    }
    printer.finish()
    return state.withLock { $0.lines.compactMap { $0 } }
  }
}
