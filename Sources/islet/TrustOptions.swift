import ArgumentParser
import Foundation
import HostClient
import ModelBundle

/// The options that say which bundles are accepted.
struct TrustOptions: ParsableArguments {
  @Option(
    help: """
      Folder with the public keys (*.pub) whose signatures count, in place of the Islet project's. A file \
      minimum-versions in it, with lines of a bundle's name and version, refuses older bundles.
      """)
  var trustedKeys: String?

  @Flag(help: "Accept a bundle without a signature; the result says so.")
  var allowUnsigned = false

  @Flag(help: "Accept a bundle that is signed with a key that is not trusted; the result says so.")
  var allowForeign = false

  @Flag(help: "Accept a bundle whose signature does not fit it; the result says so.")
  var allowChanged = false

  @Flag(help: "Accept a bundle that is older than the oldest accepted version; the result says so.")
  var allowRolledBack = false

  /// For the plugin.
  func hostTrust() throws(CommandFailure) -> BundleTrust {
    let texts = try readFolder()
    return BundleTrust(
      trustedKeys: texts?.keys, minimumVersions: texts?.minimumVersions,
      accepted: Set(allowed.map(\.host)))
  }

  /// For the bundle tools.
  func policy() throws -> TrustPolicy {
    let texts = try readFolder()
    return try TrustPolicy(
      trustedKeys: texts?.keys, minimumVersions: texts?.minimumVersions, accepting: Set(allowed.map(\.tool)))
  }

  private var allowed: [(host: BundleTrust.Doubt, tool: TrustPolicy.Doubt)] {
    var allowed: [(host: BundleTrust.Doubt, tool: TrustPolicy.Doubt)] = []
    if allowUnsigned { allowed.append((.unsigned, .unsigned)) }
    if allowForeign { allowed.append((.foreign, .foreign)) }
    if allowChanged { allowed.append((.changed, .changed)) }
    if allowRolledBack { allowed.append((.rolledBack, .rolledBack)) }
    return allowed
  }

  private func readFolder() throws(CommandFailure) -> (keys: String, minimumVersions: String?)? {
    guard let trustedKeys else { return nil }
    let folder = URL(fileURLWithPath: trustedKeys, isDirectory: true)
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      throw CommandFailure(exitCode: .usage, sentence: "--trusted-keys \(trustedKeys): is no folder that can be read")
    }
    let keys = names.filter { $0.hasSuffix(".pub") }.sorted()
    guard !keys.isEmpty else {
      throw CommandFailure(exitCode: .usage, sentence: "--trusted-keys \(trustedKeys): holds no .pub file")
    }
    func text(_ name: String) throws(CommandFailure) -> String {
      guard let text = try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8) else {
        throw CommandFailure(
          exitCode: .usage, sentence: "--trusted-keys \(trustedKeys): \(name) cannot be read as text")
      }
      return text
    }
    var joined = ""
    for name in keys { joined += try text(name) + "\n" }
    return (joined, try names.contains("minimum-versions") ? text("minimum-versions") : nil)
  }
}
