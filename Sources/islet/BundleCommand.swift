import ArgumentParser
import Glibc
import ModelBundle

/// `islet bundle`: the tools for weight bundles.
struct BundleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle", abstract: "Make, look into and check weight bundles (.islet).",
    discussion: """
      Exit codes: 0 done; 2 usage; 3 a weight file is damaged or does not fit; 4 a bundle or recipe was refused; \
      5 no space, permission or memory.
      """,
    subcommands: [BundlePack.self, BundleInspect.self, BundleVerify.self, BundleSynthesize.self])
}

extension BundleError {
  /// The exit code of the command line for this refusal.
  var exitCode: Int32 {
    switch code {
    case .invalidWeights: 3
    case .cannotWrite, .outOfMemory: 5
    default: 4
    }
  }
}

/// Progress on a terminal's stderr; nothing anywhere else.
func reportProgress(_ fraction: Double) {
  guard isatty(STDERR_FILENO) == 1 else { return }
  writeToStandardError("\r\(Int(fraction * 100)) %\(fraction < 1 ? "" : "\r      \r")")
}

/// Writes text to stderr as it is.
func writeToStandardError(_ text: String) {
  var text = text
  text.withUTF8 { _ = write(STDERR_FILENO, $0.baseAddress, $0.count) }
}
