import ArgumentParser

/// `islet bench`: how fast parts of Islet are on this machine, beside others' in turn in one run.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure parts of Islet and their peers, in turn in one run.",
    discussion: """
      The networks run in the helper process islet-engine, which lies beside the plugin: this command links no engine.
      Exit codes: 0 done; 2 usage; 3 input; 4 bundle; 7 the helper or a peer failed; 130 cancelled.
      """,
    subcommands: [BenchEngine.self, BenchVolume.self, BenchBundle.self, BenchImages.self])
}
