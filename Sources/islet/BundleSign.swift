import ArgumentParser
import ModelBundle

/// `islet bundle sign`: a signature for bundles.
struct BundleSign: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sign", abstract: "Sign bundles; each is checked whole before.",
    usage: """
      islet bundle sign FILE... --key KEY
      islet bundle sign FILE --signature FILE.minisig
      """,
    discussion: """
      Example: islet bundle sign Models/spleen-0.3.0.islet --key our-team.key
      Replaces each bundle by a signed one, or writes one to --output. Its identity stays: the manifest is not changed. \
      With --signature, minisign has signed the manifest of islet bundle extract:
        minisign -S -s KEY -m manifest.json -t 'islet bundle NAME VERSION'
      """)

  @Argument(help: "The bundles.")
  var files: [String]

  @Option(help: "The secret key, from islet bundle keygen or minisign -G -W.")
  var key: String?

  @Option(help: "A signature that minisign made over the bundle's manifest.")
  var signature: String?

  @Option(help: "Where to write the signed bundle; default: in place.")
  var output: String?

  func validate() throws {
    guard (key == nil) != (signature == nil) else { throw ValidationError("one of --key and --signature is needed") }
    guard files.count == 1 || (output == nil && signature == nil) else {
      throw ValidationError("--output and --signature go with one bundle")
    }
  }

  func run() throws {
    let secret = try key.map { try SecretKey(path: $0) }
    for file in files {
      let target = output ?? file
      if let secret {
        try BundleSigner.sign(file, with: secret, output: target)
        print("\(target): signed with the key \(secret.publicKey.identifier)")
      } else if let signature {
        try BundleSigner.attach(signature, to: file, output: target)
        print("\(target): carries \(signature)")
      }
    }
  }
}
