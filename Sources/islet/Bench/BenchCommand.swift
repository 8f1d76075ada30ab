import ArgumentParser

/// `islet bench`: how fast networks, a whole volume and the loading of weights are on this machine.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure the engine: one slice against other engines, a whole volume, loading weights.",
    discussion: """
      The networks run in the helper process islet-engine, which lies beside the plugin: this command links no engine.
      Exit codes: 0 done; 2 usage; 3 input; 4 bundle; 7 the helper or a peer failed; 130 cancelled.
      """,
    subcommands: [BenchEngine.self, BenchVolume.self, BenchBundle.self])
}
