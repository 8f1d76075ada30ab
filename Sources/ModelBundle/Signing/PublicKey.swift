import Crypto

/// The public half of a signing key, as minisign keeps it: 8 bytes that name the key, 32 bytes of Ed25519.
public struct PublicKey: Hashable, Sendable {
  /// Names the key in signatures; no secret, and no proof of anything.
  let number: [UInt8]
  /// The point, as Ed25519 encodes it.
  let bytes: [UInt8]

  init(number: [UInt8], bytes: [UInt8]) { (self.number, self.bytes) = (number, bytes) }

  /// Reads the line of a .pub file that holds the key: base64 of "Ed", number, point.
  init?(line: some StringProtocol) {
    guard let bytes = Base64.bytes(of: line), bytes.count == 42, bytes.starts(with: Self.algorithm) else { return nil }
    self.init(number: Array(bytes[2..<10]), bytes: Array(bytes[10...]))
  }

  /// The key's name as minisign prints it: up to 16 upper-case hexadecimal digits, no zeros at the start.
  public var identifier: String {
    let digits = Hash.hexadecimal(number.reversed()).uppercased().drop { $0 == "0" }
    return digits.isEmpty ? "0" : String(digits)
  }

  /// A .pub file that `minisign -V -p` reads.
  public var fileText: String {
    "untrusted comment: minisign public key \(identifier)\n"
      + Base64.text(of: Self.algorithm + number + bytes) + "\n"
  }

  /// Whether this key made `signature` over `message`.
  func accepts(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
    return key.isValidSignature(signature, for: message)
  }

  /// "Ed": the only kind of key that minisign has.
  static let algorithm: [UInt8] = Array("Ed".utf8)
}
