import ArgumentParser

/// `islet bench`: measurements of single parts.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure parts of Islet on this machine.", subcommands: [BenchBundle.self])
}
