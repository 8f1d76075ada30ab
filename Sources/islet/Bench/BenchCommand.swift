import ArgumentParser

/// `islet bench`: how fast parts of Islet are on this machine, beside others' in turn in one run.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure parts of Islet and their peers, in turn in one run.",
    discussion: "Exit codes: 0 done; 2 usage; 3 input; 7 a helper or a peer failed; 130 cancelled.",
    subcommands: [BenchImages.self])
}
