import ArgumentParser
import ModelBundle

/// `islet bundle verify`: who signed a bundle, every byte against its hashes, every weight finite.
struct BundleVerify: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check a bundle's signature and every byte.",
    discussion: """
      Example: islet bundle verify Models/spleen-0.3.0.islet
      Refuses what the plugin would refuse: bundles that no trusted key signed.
      """)

  @Argument(help: "The bundle.")
  var file: String

  @OptionGroup var trust: TrustOptions

  func run() throws {
    let bundle = try BundleReader(path: file)
    let provenance = try bundle.provenance(under: try trust.policy())
    try bundle.verify(checkpoint: reportProgress)
    let signer = provenance.signedBy.map { ["signed by \($0)"] } ?? []
    let words = signer + provenance.doubts.map(\.rawValue).sorted()
    print(
      "\(file): intact, \(bundle.manifest.sections.count) tensors, \(words.joined(separator: ", ")),"
        + " identity \(bundle.sha256)")
  }
}
