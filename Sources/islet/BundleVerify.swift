import ArgumentParser
import ModelBundle

/// `islet bundle verify`: every byte of a bundle against its hashes, every weight finite.
struct BundleVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check every byte of a bundle.",
    discussion: "Example: islet bundle verify Models/spleen-0.2.0.islet")

  @Argument(help: "The bundle.")
  var file: String

  func run() throws {
    let bundle = try BundleReader(path: file)
    try bundle.verify(checkpoint: reportProgress)
    print("\(file): intact, \(bundle.manifest.sections.count) tensors, unsigned, identity \(bundle.sha256)")
  }
}
