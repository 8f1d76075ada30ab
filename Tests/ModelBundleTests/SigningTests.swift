import Foundation
import Testing

@testable import ModelBundle

/// Keys, signatures and what follows from them. Debian's minisign is asked in HarnessTests.
struct SigningTests {
  /// A bundle signed with a key of its own.
  private struct Signed {
    let folder = TinyBundle.Folder()
    let key = SecretKey()
    let path: String
    var bytes: [UInt8]

    init(_ edit: (inout Manifest) -> Void = { _ in }) throws {
      path = folder.write(try TinyBundle.bytes(editing: edit), as: "signed.islet")
      try BundleSigner.sign(path, with: key, output: path)
      bytes = try TinyBundle.contents(of: path)
    }

    /// The policy that trusts the key.
    func policy(_ minimumVersions: String? = nil, accepting: Set<TrustPolicy.Doubt> = []) throws -> TrustPolicy {
      try TrustPolicy(
        trustedKeys: key.publicKey.fileText, minimumVersions: minimumVersions, accepting: accepting)
    }

    /// The bytes of the signature's text, exchanged; the header is made to fit.
    func withSignature(_ text: [UInt8]) throws -> [UInt8] {
      let reader = try BundleReader(bytes: bytes)
      let body = Array(bytes[128..<bytes.count - reader.signatureBytes.count])
      let header = BundleHeader(
        fileSize: 128 + body.count + text.count, manifestSize: reader.manifestBytes.count,
        manifestHash: Hash.sha256(of: reader.manifestBytes), signatureSize: text.count)
      return header.encoded() + body + text
    }
  }

  private func refusal(_ bytes: [UInt8], _ policy: TrustPolicy) -> BundleError? {
    do throws(BundleError) {
      _ = try BundleReader(bytes: bytes).provenance(under: policy)
      return nil
    } catch {
      return error
    }
  }

  /// As minisign prints it, which one key in sixteen shows.
  @Test func identifierHasNoZerosAtItsStart() {
    let number: [UInt8] = [0xD0, 0xAF, 0x12, 0x5F, 0x1C, 0xA0, 0x1D, 0x02]
    #expect(PublicKey(number: number, bytes: []).identifier == "21DA01C5F12AFD0")
    #expect(PublicKey(number: [1, 0, 0, 0, 0, 0, 0, 0xF0], bytes: []).identifier == "F000000000000001")
    #expect(PublicKey(number: [UInt8](repeating: 0, count: 8), bytes: []).identifier == "0")
  }

  @Test func signedBundleIsAcceptedAndNamesItsKey() throws {
    let signed = try Signed()
    let reader = try BundleReader(bytes: signed.bytes)
    try reader.verify()
    let provenance = try reader.provenance(under: signed.policy())
    #expect(provenance.doubts.isEmpty && provenance.signedBy == signed.key.publicKey.identifier)
  }

  @Test func signingChangesNeitherIdentityNorTensors() throws {
    let signed = try Signed()
    let (before, after) = (try BundleReader(bytes: TinyBundle.bytes()), try BundleReader(bytes: signed.bytes))
    #expect(before.sha256 == after.sha256 && before.manifestBytes == after.manifestBytes)
    #expect(before.sectionsEnd == after.sectionsEnd)
    // Signing again replaces the signature.
    let other = SecretKey()
    try BundleSigner.sign(signed.path, with: other, output: signed.path)
    let again = try BundleReader(path: signed.path)
    #expect(again.fileSize == after.fileSize)
    #expect(try again.provenance(under: TrustPolicy(trustedKeys: other.publicKey.fileText)).doubts.isEmpty)
  }

  @Test func unsignedBundleIsRefused() throws {
    let policy = TrustPolicy()
    #expect(try refusal(TinyBundle.bytes(), policy)?.code == .unsigned)
  }

  @Test func bundleOfAForeignKeyIsRefusedAndTheKeyNamed() throws {
    let signed = try Signed()
    let error = refusal(signed.bytes, TrustPolicy())
    #expect(error?.code == .foreignSignature)
    #expect(error?.message.contains(signed.key.publicKey.identifier) == true, "\(error?.message ?? "")")
    #expect(try refusal(signed.bytes, TrustPolicy(trustedKeys: ""))?.code == .foreignSignature)
  }

  @Test func changedManifestIsRefused() throws {
    let signed = try Signed()
    let reader = try BundleReader(bytes: signed.bytes)
    let text = String(decoding: reader.manifestBytes, as: UTF8.self).replacing("CC0-1.0", with: "MIT-0-0")
    #expect(text.utf8.count == reader.manifestBytes.count)
    var bytes = signed.bytes
    bytes.replaceSubrange(128..<128 + text.utf8.count, with: text.utf8)
    let header = BundleHeader(
      fileSize: bytes.count, manifestSize: text.utf8.count, manifestHash: Hash.sha256(of: Array(text.utf8)),
      signatureSize: reader.signatureBytes.count)
    bytes.replaceSubrange(..<128, with: header.encoded())
    #expect(try refusal(bytes, signed.policy())?.code == .changedSignature)
  }

  @Test func everyChangedByteOfTheSignatureIsRefusedOrInTheUntrustedComment() throws {
    let signed = try Signed()
    let policy = try signed.policy()
    let text = try BundleReader(bytes: signed.bytes).signatureBytes
    let comment = text.prefix { $0 != 0x0A }.count
    for position in text.indices where position >= comment {
      var changed = text
      changed[position] ^= 1
      let error = try refusal(signed.withSignature(changed), policy)
      #expect([.changedSignature, .foreignSignature].contains(error?.code), "byte \(position)")
    }
  }

  @Test(arguments: [0, 1, 2, 3]) func signatureWithoutALineIsRefused(line: Int) throws {
    let signed = try Signed()
    let text = String(decoding: try BundleReader(bytes: signed.bytes).signatureBytes, as: UTF8.self)
    var lines = text.split(separator: "\n")
    lines.remove(at: line)
    let cut = try signed.withSignature(Array(lines.joined(separator: "\n").utf8))
    #expect(try refusal(cut, signed.policy())?.code == .changedSignature)
  }

  @Test func signatureOverAnotherBundleIsRefused() throws {
    let signed = try Signed()
    let other = try Signature(of: Array("{}".utf8), comment: "islet bundle synthetic 0.0.0", key: signed.key)
    #expect(try refusal(signed.withSignature(Array(other.text.utf8)), signed.policy())?.code == .changedSignature)
  }

  /// The comment's own signature is right, and so is the manifest's; only the words differ.
  @Test func signatureWithAnotherNameOrVersionIsRefused() throws {
    let signed = try Signed()
    let manifest = try BundleReader(bytes: signed.bytes).manifestBytes
    for comment in ["islet bundle synthetic 9.0.0", "islet bundle other 0.0.0", "", "islet bundle synthetic 0.0.0 "] {
      let other = try Signature(of: manifest, comment: comment, key: signed.key)
      #expect(try refusal(signed.withSignature(Array(other.text.utf8)), signed.policy())?.code == .changedSignature)
    }
  }

  @Test func keyWithTheSameNumberDoesNotVouch() throws {
    let signed = try Signed()
    let impostor = PublicKey(number: signed.key.publicKey.number, bytes: SecretKey().publicKey.bytes)
    #expect(
      try refusal(signed.bytes, TrustPolicy(trustedKeys: impostor.fileText))?.code == .changedSignature)
    // Beside the right key it does no harm.
    let both = try TrustPolicy(trustedKeys: impostor.fileText + signed.key.publicKey.fileText)
    #expect(refusal(signed.bytes, both) == nil)
  }

  @Test func olderVersionThanAskedForIsRefused() throws {
    let signed = try Signed { $0.version = "0.9.0" }
    #expect(try refusal(signed.bytes, signed.policy("synthetic 0.10.0"))?.code == .rolledBack)
    #expect(try refusal(signed.bytes, signed.policy("synthetic 0.9.0\n# later\nother 7.0")) == nil)
    var policy = try signed.policy("synthetic 0.1.0")
    policy.raiseMinimum(of: "synthetic", to: "0.9.1")
    policy.raiseMinimum(of: "synthetic", to: "0.2.0")
    #expect(refusal(signed.bytes, policy)?.code == .rolledBack)
  }

  @Test func eachDoubtIsLiftedByItsOwnPermissionAlone() throws {
    let signed = try Signed()
    let unsigned = try TinyBundle.bytes()
    let changed = try signed.withSignature(Array("nonsense".utf8))
    let cases: [(TrustPolicy.Doubt, [UInt8], TrustPolicy)] = [
      (.unsigned, unsigned, try signed.policy()), (.foreign, signed.bytes, TrustPolicy()),
      (.changed, changed, try signed.policy()), (.rolledBack, signed.bytes, try signed.policy("synthetic 1.0")),
    ]
    for (doubt, bytes, base) in cases {
      var policy = base
      policy.accepted = Set(TrustPolicy.Doubt.allCases).subtracting([doubt])
      #expect(refusal(bytes, policy) != nil, "\(doubt)")
      policy.accepted = [doubt]
      let provenance = try BundleReader(bytes: bytes).provenance(under: policy)
      #expect(provenance.doubts == [doubt])
      #expect((provenance.signedBy != nil) == (doubt == .rolledBack))
    }
  }

  @Test func versionsHaveSemanticVersioningsOrder() {
    let rising = [
      "0.9", "0.9.0-alpha", "0.9.0-alpha.1", "0.9.0-alpha.beta", "0.9.0-beta.2", "0.9.0-beta.11", "0.9.0", "0.10.0",
      "1.0.0-rc.1", "1.0.0", "1.0.1", "2", "10.0", "10.0.x",
      "18446744073709551616.0",
    ]
    for (index, lower) in rising.enumerated() {
      for higher in rising[(index + 1)...] {
        #expect(BundleVersion(lower) < BundleVersion(higher), "\(lower) < \(higher)")
        #expect(!(BundleVersion(higher) < BundleVersion(lower)), "\(higher) >= \(lower)")
      }
    }
    #expect(BundleVersion("1.0+a") == BundleVersion("1.0+b"))
    #expect(BundleVersion("01.0") == BundleVersion("1.0"))
  }

  @Test(arguments: ["not a key", "RWTEZfpctnFZZ1WFLWzAx05yuyzl57Xttf8XmYLrEaqQeEBo5beqYLM", "RWQ="])
  func trustedKeysThatAreNoneAreRefused(text: String) {
    let error = #expect(throws: BundleError.self) { try TrustPolicy(trustedKeys: text) }
    #expect(error?.code == .invalidKey)
  }

  @Test(arguments: ["pancreas", "pancreas 1 2", "pan/creas 1.0"]) func minimumVersionsThatAreNoneAreRefused(
    text: String
  ) {
    let error = #expect(throws: BundleError.self) { try TrustPolicy(trustedKeys: nil, minimumVersions: text) }
    #expect(error?.code == .invalidKey)
  }

  @Test func keyFilesComeBackAndReplaceNothing() throws {
    let folder = TinyBundle.Folder()
    let key = SecretKey()
    try key.write(path: "\(folder.path)/team")
    #expect(folder.names == ["team.key", "team.pub"])
    var status = stat()
    #expect(stat("\(folder.path)/team.key", &status) == 0 && status.st_mode & 0o777 == 0o600)
    #expect(try SecretKey(path: "\(folder.path)/team.key").publicKey == key.publicKey)
    let error = #expect(throws: BundleError.self) { try SecretKey().write(path: "\(folder.path)/team") }
    #expect(error?.code == .cannotWrite)
    #expect(folder.names == ["team.key", "team.pub"])
    #expect(try SecretKey(path: "\(folder.path)/team.key").publicKey == key.publicKey)
  }

  @Test func damagedOrOtherKeyFilesAreRefused() throws {
    let folder = TinyBundle.Folder()
    try SecretKey().write(path: "\(folder.path)/team")
    let lines = String(decoding: try TinyBundle.contents(of: "\(folder.path)/team.key"), as: UTF8.self)
      .split(separator: "\n")
    func refusal(_ edit: (inout [UInt8]) -> Void) throws -> BundleError? {
      var bytes = Array(try #require(Data(base64Encoded: String(lines[1]))))
      edit(&bytes)
      let path = folder.write(Array("comment\n\(Data(bytes).base64EncodedString())\n".utf8), as: "other.key")
      return #expect(throws: BundleError.self) { try SecretKey(path: path) }
    }
    #expect(try refusal { $0[70] ^= 1 }?.message.contains("damaged") == true)
    #expect(try refusal { $0[100] ^= 1 }?.message.contains("damaged") == true)
    #expect(try refusal { $0[2...3] = [0x53, 0x63] }?.message.contains("password") == true)
    #expect(try refusal { $0[0] = 0x52 }?.message.contains("unknown kind") == true)
    #expect(try refusal { $0.removeLast() }?.code == .invalidKey)
    let public_ = #expect(throws: BundleError.self) { try SecretKey(path: "\(folder.path)/team.pub") }
    #expect(public_?.code == .invalidKey)
  }

  @Test func builtInKeyIsThatOfTheRepository() throws {
    let models = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" } + "/Models"
    let file = String(decoding: try TinyBundle.contents(of: "\(models)/keys/islet-release.pub"), as: UTF8.self)
    #expect(try TrustPolicy(trustedKeys: file).keys == [TrustPolicy.releaseKey])
    #expect(TrustPolicy.releaseKey.fileText == file)
  }

  /// Lengths around the block size, from Python's hashlib.
  @Test(arguments: [
    (0, "786a02f742015903c6c6fd852552d272"),
    (1, "2fa3f686df876995167e7c2e5d74c4c7"),
    (3, "40a374727302d9a4769c17b5f409ff32"),
    (127, "b6292669ccd38d5f01caae96ba272c76"),
    (128, "2319e3789c47e2daa5fe807f61bec2a1"),
    (129, "f59711d44a031d5f97a9413c065d1e61"),
    (255, "fe2c02da499516b0e9fb2dd70c49eb36"),
    (256, "93463ac058b6163eb43be3f5bb32b285"),
    (502, "6cbb7e436835e589a91370936c7eb3d8"),
  ])
  func blake2bMatchesAnotherImplementation(length: Int, start: String) {
    let message = (0..<length).map { UInt8($0 % 251) }
    #expect(Hash.hexadecimal(BLAKE2b.hash(of: message)).hasPrefix(start))
  }

  @Test func blake2bGivesTheStandardsExample() {
    let expected =
      "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
      + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"
    #expect(Hash.hexadecimal(BLAKE2b.hash(of: Array("abc".utf8))) == expected)
  }
}
