import ArgumentParser
import ModelBundle

/// `islet bundle extract`: what other tools sign and check.
struct BundleExtract: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract", abstract: "Write a bundle's manifest, and its signature beside it, byte for byte.",
    discussion: """
      Example: islet bundle extract Models/spleen-0.3.0.islet --output manifest.json
      Afterwards: minisign -V -p Models/keys/islet-release.pub -m manifest.json
      """)

  @Argument(help: "The bundle.")
  var file: String

  @Option(help: "The file for the manifest; the signature gets .minisig added.")
  var output: String

  func run() throws {
    let isSigned = try BundleSigner.extract(file, manifestPath: output)
    print(isSigned ? "\(output), \(output).minisig" : "\(output): the bundle is not signed")
  }
}
