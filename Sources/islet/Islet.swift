import ArgumentParser
import Cohort
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
    subcommands: [
      SegmentCommand.self, PlanCommand.self, EvaluateCommand.self, PhantomCommand.self, CohortCommand.self,
      RegressCommand.self,
      ValidateCommand.self, BundleCommand.self, BenchCommand.self,
    ])

  /// Runs a command; usage errors leave with 2, failures with the code of their kind and one sentence.
  static func main() {
    openMissingStandardStreams()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as CommandFailure {
      end(with: failure)
    } catch let error as CohortError {
      end(with: CommandFailure(error))
    } catch let error as BundleError {
      end(with: CommandFailure(error))
    } catch {
      let code = exitCode(for: error)
      if code.isSuccess {
        print(fullMessage(for: error))
        Glibc.exit(0)
      }
      guard code == .validationFailure else {
        end(with: CommandFailure(exitCode: .resources, sentence: "\(error)"))
      }
      printError(fullMessage(for: error))
      Glibc.exit(CommandFailure.ExitCode.usage.rawValue)
    }
  }
}

extension Islet {
  private static func end(with failure: CommandFailure) -> Never {
    // File names may hold line ends and terminal commands; a failure is one line of text.
    let line = failure.sentence.unicodeScalars.map { $0.properties.generalCategory == .control ? "?" : $0 }
    printError("islet: \(String(String.UnicodeScalarView(line)))")
    Glibc.exit(failure.exitCode.rawValue)
  }
}

/// Version of the harness; the plugin and each bundle have their own.
let harnessVersion = "0.1.0"

/// One line to standard error: results alone go to standard output.
func printError(_ text: String) {
  writeError(text + "\n")
}

/// Text to standard error as it is. Where nobody can read it (closed, disk full) it is dropped: that ends no run.
func writeError(_ text: String) {
  _ = writeAll(Array(text.utf8), to: STDERR_FILENO)
}

/// Writes all bytes to a descriptor; what the system said when it could not.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> String? {
  bytes.withUnsafeBytes { bytes in
    var written = 0
    while written < bytes.count {
      let count = write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return String(cString: strerror(errno)) }
      written += count
    }
    return nil
  }
}

/// Opens /dev/null where the caller closed standard input, output or error: a result file would get that number next,
/// and progress would be written into it. Only for reading, so that writing results to a closed output still fails.
private func openMissingStandardStreams() {
  for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
    _ = open("/dev/null", O_RDONLY)
  }
}
