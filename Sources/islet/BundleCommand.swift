import ArgumentParser
import Glibc
import ModelBundle

/// `islet bundle`: the tools for weight bundles.
struct BundleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle", abstract: "Make, sign, look into and check weight bundles (.islet).",
    discussion: """
      Exit codes: 0 done; 2 usage, a key that is none; 3 a weight file is damaged or does not fit; 4 a bundle or recipe was refused; \
      5 no space, permission or memory.
      """,
    subcommands: [
      BundlePack.self, BundleImport.self, BundleTensors.self, BundleInspect.self, BundleVerify.self, BundleKeygen.self,
      BundleSign.self, BundleExtract.self, BundleSynthesize.self, BundleCalibrate.self,
    ])
}

/// Progress on a terminal's stderr; nothing anywhere else.
func reportProgress(_ fraction: Double) {
  guard isatty(STDERR_FILENO) == 1 else { return }
  writeError("\r\(Int(fraction * 100)) %\(fraction < 1 ? "" : "\r      \r")")
}
