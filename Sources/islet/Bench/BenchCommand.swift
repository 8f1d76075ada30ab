import ArgumentParser

/// `islet bench`: how fast the networks and a whole volume are on this machine.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure the engine: one slice against other engines, or a whole volume.",
    discussion: """
      The networks run in the helper process islet-engine, which lies beside the plugin: this command links no engine.
      Exit codes: 0 done; 2 usage; 3 input; 4 bundle; 7 the helper or a peer failed; 130 cancelled.
      """,
    subcommands: [BenchEngine.self, BenchVolume.self])
}
