import Cohort
import Foundation
import Phantom
import Synchronization
import Volumes

/// Makes many synthetic cases in one folder, several at a time, and skips those that are there and whole.
struct SyntheticBatch: Sendable {
  /// An original and the corrupted variants that are made from it.
  struct Job: Sendable {
    let source: SyntheticSource
    let original: CohortCase
    var variants: [CohortCase] = []
  }

  let folder: String
  let difficulty: Double
  let grid: SyntheticGrid
  let threads: Int
  let printer: ProgressPrinter

  /// What the threads share.
  private struct State {
    var done = 0
    var cases: [[CohortCase]]
    var failure: (any Error)?
  }

  /// Makes every case and returns them with their hashes, in the order of the jobs.
  ///
  /// Whole cases stay when one fails or the user cancels: the next call goes on there.
  func run(_ jobs: [Job]) throws -> [CohortCase] {
    let state = Mutex(State(cases: [[CohortCase]](repeating: [], count: jobs.count)))
    // Cases side by side keep all cores busy; what is left over goes into each of them.
    let parallel = max(1, min(threads, jobs.count))
    ParallelSlices.run(count: jobs.count, threads: parallel) { place in
      guard !Cancellation.isRequested, state.withLock({ $0.failure == nil }) else { return }
      do {
        let made = try make(jobs[place], threads: max(1, threads / parallel))
        state.withLock { state in
          state.cases[place] = made
          state.done += 1
          printer.show(Double(state.done) / Double(jobs.count), title: jobs[place].original.id)
        }
      } catch {
        state.withLock { if $0.failure == nil { $0.failure = error } }
      }
    }
    printer.finish()
    let (cases, failure) = state.withLock { ($0.cases, $0.failure) }
    if let failure { throw failure }
    guard !Cancellation.isRequested else {
      throw CommandFailure(
        exitCode: .cancelled, sentence: "cancelled; what is in \(folder) is whole, the rest is missing")
    }
    return cases.flatMap { $0 }
  }

  /// One original with its variants; renders it only when something is missing.
  private func make(_ job: Job, threads: Int) throws -> [CohortCase] {
    var rendered: SyntheticCase?
    return try ([job.original] + job.variants).map { wanted in
      let place = SyntheticCaseFolder(path: URL(fileURLWithPath: folder).appendingPathComponent(wanted.id).path)
      var entry = wanted
      if let hashes = try place.hashes(of: wanted, difficulty: difficulty, grid: grid) {
        entry.sha256 = hashes
        return entry
      }
      let original =
        try rendered
        ?? job.source.render(seed: wanted.seed ?? 0, difficulty: difficulty, grid: grid, threads: threads)
      rendered = original
      let made = try wanted.corruption.map { try corrupted(original, $0, threads: threads) } ?? original
      try place.write(made)
      entry.sha256 = CohortCase.Hashes(volume: made.volume, labels: made.labels)
      return entry
    }
  }

  private func corrupted(
    _ original: SyntheticCase, _ name: String, threads: Int
  ) throws(CommandFailure) -> SyntheticCase {
    guard let corruption = Corruption(rawValue: name) else {
      throw CommandFailure(exitCode: .usage, sentence: "\"\(name)\" is no corruption")
    }
    do {
      return try corruption.applied(to: original, threads: threads)
    } catch {
      throw CommandFailure(exitCode: .usage, sentence: "\(error)")
    }
  }
}

extension SyntheticBatch {
  /// Puts the cases into the folder's cohort.json, beside what it lists already.
  ///
  /// Throws when the folder is another cohort or was made with another difficulty.
  @discardableResult
  func describe(_ cases: [CohortCase], name: String) throws -> CohortDescription {
    let labels = PhantomLabel.allCases.map { CohortDescription.Label(name: $0.name, value: Int($0.rawValue)) }
    var description = CohortDescription(
      name: name, data: "synthetic", difficulty: difficulty, labels: labels, cases: [])
    description.cases = try existing(name: name)?.cases ?? []
    description = description.adding(cases)
    let output = try OutputFolder(path: folder)
    try output.write(try description.json(), as: CohortFolder.descriptionName)
    try output.commit()
    return description
  }

  /// The description that is there; refuses one of other cases before anything is computed.
  @discardableResult
  func existing(name: String) throws(CommandFailure) -> CohortDescription? {
    let file = URL(fileURLWithPath: folder).appendingPathComponent(CohortFolder.descriptionName).path
    guard FileManager.default.fileExists(atPath: file) else { return nil }
    let description: CohortDescription
    do throws(CohortError) { description = try CohortDescription(readingFrom: file) } catch {
      throw CommandFailure(error)
    }
    guard description.name == name, description.difficulty == difficulty else {
      let found = description.difficulty.map { "\($0)" } ?? "none"
      throw CommandFailure(
        exitCode: .usage,
        sentence:
          "\(file): is \"\(description.name)\" with difficulty \(found), expected \"\(name)\" with \(difficulty); "
          + "choose another --output")
    }
    return description
  }
}
