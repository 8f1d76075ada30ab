import ArgumentParser
import Glibc
import ModelBundle

/// The command line: a host like any viewer, and tools around it.
@main
struct Islet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "islet",
    abstract: "Segments organs in abdominal CT through the Islet plugin. Research use only, not for diagnosis.",
    discussion: "Example: islet segment ct.nii.gz --output result",
    version: harnessVersion,
    subcommands: [SegmentCommand.self, RegressCommand.self, BundleCommand.self])

  /// Runs a command; usage errors leave with 2, failures with the code of their kind and one sentence.
  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as CommandFailure {
      end(with: failure)
    } catch let error as BundleError {
      end(with: CommandFailure(error))
    } catch {
      let code = exitCode(for: error)
      if code.isSuccess {
        print(fullMessage(for: error))
        Glibc.exit(0)
      }
      printError(fullMessage(for: error))
      Glibc.exit(CommandFailure.ExitCode.usage.rawValue)
    }
  }
}

extension Islet {
  private static func end(with failure: CommandFailure) -> Never {
    printError("islet: \(failure.sentence)")
    Glibc.exit(failure.exitCode.rawValue)
  }
}

/// Version of the harness; the plugin and each bundle have their own.
let harnessVersion = "0.1.0"

/// One line to standard error: results alone go to standard output.
func printError(_ text: String) {
  writeError(text + "\n")
}

/// Text to standard error as it is; a full or closed one is nobody's to tell.
func writeError(_ text: String) {
  _ = writeAll(Array(text.utf8), to: STDERR_FILENO)
}

/// Writes bytes to a descriptor; false when it takes no more.
///
/// Not `FileHandle.write`, which ends the process on a full disk.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
  var written = 0
  while written < bytes.count {
    let count = bytes.withUnsafeBytes { raw in
      Glibc.write(descriptor, raw.baseAddress.map { $0 + written }, raw.count - written)
    }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { return false }
    written += count
  }
  return true
}
