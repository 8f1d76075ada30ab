import ArgumentParser
import ModelBundle

/// `islet bundle keygen`: a key pair to sign bundles with.
struct BundleKeygen: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keygen", abstract: "Make a key pair for signing bundles, in minisign's format.",
    discussion: """
      Example: islet bundle keygen --output our-team
      Writes our-team.key, which signs and must stay secret, and our-team.pub, which everybody may have. Neither replaces \
      a file. The secret key has no password: keep it where only those who may sign can read it. For one with a password \
      use minisign -G, and islet bundle sign --signature.
      """)

  @Option(help: "Name of the two files, without .key and .pub.")
  var output: String

  func run() throws {
    let key = SecretKey()
    try key.write(path: output)
    print("\(output).key, \(output).pub: key \(key.publicKey.identifier)")
  }
}
