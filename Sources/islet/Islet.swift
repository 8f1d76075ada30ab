import ArgumentParser
import Glibc
import ModelBundle

/// The command line: a host of the plugin like any viewer, and tools for weight bundles.
@main struct Islet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "islet", abstract: "Organ segmentation in abdominal CT. Research use only, not for diagnosis.",
    subcommands: [BundleCommand.self])

  /// Runs a subcommand; failures become one sentence on stderr and the exit codes 2 (usage), 3, 4 and 5.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let error as BundleError {
      writeToStandardError("islet: \(error.message)\n")
      Glibc.exit(error.exitCode)
    } catch {
      guard exitCode(for: error).isSuccess else {
        writeToStandardError("\(fullMessage(for: error))\n")
        Glibc.exit(2)
      }
      exit(withError: error)
    }
  }
}
