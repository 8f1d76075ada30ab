import Crypto

/// The secret half of a signing key, in minisign's file format and without a password.
///
/// The file is base64 of: "Ed", two zeros (no key derivation), "B2", 48 zeros (its salt and limits), number, seed, point, 32
/// zeros (the checksum of keys with a password). That the point follows from the seed shows damage. A key with a password
/// stays with minisign: it signs the extracted manifest, and `BundleSigner.attach` takes its signature.
public struct SecretKey: Sendable {
  /// What may be shown of it.
  public let publicKey: PublicKey
  private let seed: [UInt8]

  /// A new key from the system's randomness.
  public init() {
    var random = SystemRandomNumberGenerator()
    let key = Curve25519.Signing.PrivateKey()
    self.init(number: (0..<8).map { _ in UInt8.random(in: 0...255, using: &random) }, key: key)
  }

  /// The key of a seed of 32 bytes; for tests.
  init(number: [UInt8], seed: [UInt8]) throws {
    self.init(number: number, key: try Curve25519.Signing.PrivateKey(rawRepresentation: seed))
  }

  private init(number: [UInt8], key: Curve25519.Signing.PrivateKey) {
    seed = Array(key.rawRepresentation)
    publicKey = PublicKey(number: number, bytes: Array(key.publicKey.rawRepresentation))
  }

  /// Reads a key file; messages never hold any of its bytes.
  public init(path: String) throws(BundleError) {
    let file = try KeyText(path: path)
    guard let line = file.lines.dropFirst().first, let bytes = Base64.bytes(of: line), bytes.count == 158 else {
      throw BundleError(
        code: .invalidKey,
        message: "\(path): no secret key; expected a key file of islet bundle keygen or minisign -G -W")
    }
    guard bytes.starts(with: PublicKey.algorithm), Array(bytes[4..<6]) == Self.checksumAlgorithm else {
      throw BundleError(code: .invalidKey, message: "\(path): a secret key of an unknown kind")
    }
    guard bytes[2] == 0, bytes[3] == 0 else {
      throw BundleError(
        code: .invalidKey,
        message: "\(path): the key has a password; sign the manifest of islet bundle extract with minisign, "
          + "then islet bundle sign --signature")
    }
    seed = Array(bytes[62..<94])
    publicKey = PublicKey(number: Array(bytes[54..<62]), bytes: Array(bytes[94..<126]))
    guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
      Array(key.publicKey.rawRepresentation) == publicKey.bytes
    else { throw BundleError(code: .invalidKey, message: "\(path): the key file is damaged (its halves do not fit)") }
  }

  /// The key file.
  private var fileText: String {
    let secret = publicKey.number + seed + publicKey.bytes
    let bytes =
      PublicKey.algorithm + [0, 0] + Self.checksumAlgorithm + [UInt8](repeating: 0, count: 48) + secret
      + [UInt8](repeating: 0, count: 32)
    return "untrusted comment: minisign secret key \(publicKey.identifier)\n" + Base64.text(of: bytes) + "\n"
  }

  /// Writes `<path>.key`, which only its owner may read, and `<path>.pub`; replaces neither.
  public func write(path: String) throws(BundleError) {
    let secret = try OutputFile(path: path + ".key", mode: 0o600, mayReplace: false)
    let shown = try OutputFile(path: path + ".pub", mayReplace: false)
    try secret.append(Array(fileText.utf8))
    try shown.append(Array(publicKey.fileText.utf8))
    try secret.publish()
    try shown.publish()
  }

  /// Ed25519 over `message`.
  func signature(of message: [UInt8]) throws(BundleError) -> [UInt8] {
    do {
      return Array(try Curve25519.Signing.PrivateKey(rawRepresentation: seed).signature(for: message))
    } catch {
      throw BundleError(code: .invalidKey, message: "the key \(publicKey.identifier) cannot sign: \(error)")
    }
  }

  /// "B2": BLAKE2b-256.
  private static let checksumAlgorithm: [UInt8] = Array("B2".utf8)
}

/// A short text file with a key or a signature, by lines.
struct KeyText {
  /// Nothing of the kind is longer.
  static let largestSize = 1 << 16

  let lines: [Substring]

  init(path: String) throws(BundleError) {
    let file = try OpenFile(path: path)
    guard file.size <= Self.largestSize else {
      throw BundleError(code: .invalidKey, message: "\(path): \(file.size) bytes; no key or signature is that long")
    }
    let bytes = try ByteSource.file(file).bytes(at: 0, count: file.size, file: path, code: .cannotOpen)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw BundleError(code: .invalidKey, message: "\(path): not a text file")
    }
    lines = text.split(separator: "\n", omittingEmptySubsequences: true)
  }
}
