import Foundation
import ModelBundle
import Testing

/// Signatures through the command line, and with Debian's minisign in both directions.
@Suite struct BundleSigningTests {
  /// A bundle, a key of `islet bundle keygen` and one of minisign.
  private final class Bench {
    let folder: TemporaryFolder
    var bundle: String { folder.path + "/tiny.islet" }
    var manifest: String { folder.path + "/manifest.json" }

    init() throws {
      folder = try TemporaryFolder()
      try TinyBundle.write(to: bundle)
      let made = try islet("keygen", "--output", folder.path + "/ours")
      #expect(made.status == 0, "\(made.errors)")
      // Without a password; it lives as long as this folder.
      let theirs = try ChildProcess.runTool(
        "minisign", ["-G", "-W", "-p", folder.path + "/theirs.pub", "-s", folder.path + "/theirs.key"])
      #expect(theirs.status == 0, "\(theirs.errors)")
    }

    func islet(_ arguments: String...) throws -> ChildProcess {
      try ChildProcess.run(try Stage.islet, ["bundle"] + arguments)
    }

    func minisign(_ arguments: String...) throws -> ChildProcess { try ChildProcess.runTool("minisign", arguments) }

    /// A folder that holds one public key.
    func trusting(_ key: String, minimumVersions: String? = nil) throws -> String {
      let path = folder.path + "/trusted-\(UUID().uuidString)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
      try FileManager.default.copyItem(atPath: folder.path + "/\(key).pub", toPath: path + "/\(key).pub")
      if let minimumVersions {
        try Data(minimumVersions.utf8).write(to: URL(fileURLWithPath: path + "/minimum-versions"))
      }
      return path
    }

    func identifier(of key: String) throws -> String {
      let text = try String(contentsOfFile: folder.path + "/\(key).pub", encoding: .utf8)
      return try String(#require(text.split(separator: "\n").first?.split(separator: " ").last))
    }
  }

  @Test(arguments: ["ours", "theirs"]) func whatWeSignMinisignAccepts(key: String) throws {
    let bench = try Bench()
    let signed = try bench.islet("sign", bench.bundle, "--key", bench.folder.path + "/\(key).key")
    #expect(signed.status == 0, "\(signed.errors)")
    #expect(try bench.islet("extract", bench.bundle, "--output", bench.manifest).status == 0)
    let checked = try bench.minisign("-V", "-p", bench.folder.path + "/\(key).pub", "-m", bench.manifest)
    #expect(checked.status == 0, "\(checked.errors)\(checked.output)")
    #expect(checked.output.contains("Trusted comment: islet bundle synthetic 0.0.0"), "\(checked.output)")
    let other = key == "ours" ? "theirs" : "ours"
    #expect(try bench.minisign("-V", "-p", bench.folder.path + "/\(other).pub", "-m", bench.manifest).status != 0)
    let verified = try bench.islet("verify", bench.bundle, "--trusted-keys", bench.trusting(key))
    #expect(verified.status == 0, "\(verified.errors)")
    #expect(try verified.output.contains("signed by \(bench.identifier(of: key))"), "\(verified.output)")
  }

  /// In minisign's default way (over the BLAKE2b of the manifest) and in its legacy way (over the manifest itself).
  @Test(arguments: [[], ["-l"]], ["ours", "theirs"]) func whatMinisignSignsWeAccept(mode: [String], key: String) throws
  {
    let bench = try Bench()
    #expect(try bench.islet("extract", bench.bundle, "--output", bench.manifest).status == 0)
    let signed = try ChildProcess.runTool(
      "minisign",
      ["-S", "-s", bench.folder.path + "/\(key).key", "-m", bench.manifest, "-t", "islet bundle synthetic 0.0.0"] + mode
    )
    #expect(signed.status == 0, "\(signed.errors)")
    let attached = try bench.islet("sign", bench.bundle, "--signature", bench.manifest + ".minisig")
    #expect(attached.status == 0, "\(attached.errors)")
    let verified = try bench.islet("verify", bench.bundle, "--trusted-keys", bench.trusting(key))
    #expect(verified.status == 0 && verified.output.contains("signed by"), "\(verified.errors)")
  }

  @Test func signatureWithAnotherCommentIsNotAttached() throws {
    let bench = try Bench()
    #expect(try bench.islet("extract", bench.bundle, "--output", bench.manifest).status == 0)
    #expect(try bench.minisign("-S", "-s", bench.folder.path + "/theirs.key", "-m", bench.manifest).status == 0)
    let before = try fileBytes(bench.bundle)
    let attached = try bench.islet("sign", bench.bundle, "--signature", bench.manifest + ".minisig")
    #expect(
      attached.status == 2 && attached.errors.contains("-t \"islet bundle synthetic 0.0.0\""), "\(attached.errors)")
    #expect(try fileBytes(bench.bundle) == before)
  }

  @Test func verifyRefusesWhatNoTrustedKeySigned() throws {
    let bench = try Bench()
    let unsigned = try bench.islet("verify", bench.bundle)
    #expect(unsigned.status == 4 && unsigned.errors.contains("not signed") && unsigned.output.isEmpty, "\(unsigned)")
    let allowed = try bench.islet("verify", bench.bundle, "--allow-unsigned")
    #expect(allowed.status == 0 && allowed.output.contains("unsigned"), "\(allowed.errors)")
    #expect(try bench.islet("sign", bench.bundle, "--key", bench.folder.path + "/ours.key").status == 0)
    let foreign = try bench.islet("verify", bench.bundle, "--trusted-keys", bench.trusting("theirs"))
    #expect(foreign.status == 4 && foreign.errors.contains("not trusted"), "\(foreign.errors)")
    let old = try bench.islet(
      "verify", bench.bundle, "--trusted-keys", bench.trusting("ours", minimumVersions: "synthetic 0.1.0\n"))
    #expect(old.status == 4 && old.errors.contains("older than 0.1.0"), "\(old.errors)")
  }

  @Test func keysAreNeverReplacedNorShown() throws {
    let bench = try Bench()
    let secret = try String(contentsOfFile: bench.folder.path + "/ours.key", encoding: .utf8)
    let again = try bench.islet("keygen", "--output", bench.folder.path + "/ours")
    #expect(again.status == 5 && again.errorLines.count == 1, "\(again.errors)")
    #expect(try String(contentsOfFile: bench.folder.path + "/ours.key", encoding: .utf8) == secret)
    // A key in the place of a bundle, and a bundle in the place of a key.
    let line = try #require(secret.split(separator: "\n").last)
    for process in [
      try bench.islet("sign", bench.folder.path + "/ours.key", "--key", bench.folder.path + "/ours.key"),
      try bench.islet("sign", bench.bundle, "--key", bench.folder.path + "/ours.pub"),
      try bench.islet("sign", bench.bundle, "--key", bench.bundle),
    ] {
      #expect([2, 4].contains(process.status), "\(process.errors)")
      #expect(!process.errors.contains(line) && !process.output.contains(line))
    }
  }

  @Test func damagedBundleIsNotSigned() throws {
    let bench = try Bench()
    try TinyBundle.write(.weights, to: bench.bundle)
    let before = try fileBytes(bench.bundle)
    let signed = try bench.islet("sign", bench.bundle, "--key", bench.folder.path + "/ours.key")
    #expect(signed.status == 4 && signed.errors.contains("SHA-256"), "\(signed.errors)")
    #expect(try fileBytes(bench.bundle) == before)
  }

  /// Refused by the plugin unless allowed by name; then the result says so.
  @Test func segmentRefusesAnUnsignedBundleUnlessAllowedByName() throws {
    let bench = try RefusalTests.Bench()
    func segment(_ options: String...) throws -> ChildProcess {
      try ChildProcess.run(
        try Stage.islet,
        ["segment", bench.ct, "--output", bench.folder.path + "/out", "--bundle", bench.bundle, "--quiet", "--json"]
          + options)
    }
    let refused = try segment("--allow-foreign", "--allow-changed", "--allow-rolled-back")
    #expect(refused.status == 4 && refused.errors.contains("ISLET_ERROR_BUNDLE_UNSIGNED"), "\(refused.errors)")
    let allowed = try segment("--allow-unsigned")
    #expect(allowed.status == 0 && allowed.output.contains("\"unsigned-bundle\""), "\(allowed.errors)")
    #expect(allowed.output.contains("\"signed_by\" : null"))

    let key = SecretKey()
    let keys = bench.folder.path + "/keys"
    try FileManager.default.createDirectory(atPath: keys, withIntermediateDirectories: false)
    try Data(key.publicKey.fileText.utf8).write(to: URL(fileURLWithPath: keys + "/team.pub"))
    try BundleSigner.sign(bench.bundle, with: key, output: bench.bundle)
    let trusted = try segment("--trusted-keys", keys)
    #expect(trusted.status == 0 && !trusted.output.contains("-bundle\""), "\(trusted.errors)")
    #expect(trusted.output.contains("\"signed_by\" : \"\(key.publicKey.identifier)\""))
    let foreign = try segment("--allow-foreign")
    #expect(foreign.status == 0 && foreign.output.contains("\"foreign-bundle\""), "\(foreign.errors)")
  }

  @Test func trustedKeysThatCannotBeReadEndWith2() throws {
    let bench = try RefusalTests.Bench()
    try bench.refuse(bench.ct, ["--trusted-keys", "/nonexistent"], exitCode: 2, saying: "is no folder")
    let empty = bench.folder.path + "/keys"
    try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
    try bench.refuse(bench.ct, ["--trusted-keys", empty], exitCode: 2, saying: "holds no .pub file")
    try Data("no key\n".utf8).write(to: URL(fileURLWithPath: empty + "/a.pub"))
    try bench.refuse(bench.ct, ["--trusted-keys", empty], exitCode: 2, saying: "is no public key")
  }
}
