/// A signature as minisign writes it: four lines of text.
///
/// | line | content |
/// |---|---|
/// | 1 | "untrusted comment: " and anything |
/// | 2 | base64 of "ED" (over the BLAKE2b-512 of the file) or "Ed" (over the file), the key's number, 64 bytes of Ed25519 |
/// | 3 | "trusted comment: " and a text |
/// | 4 | base64 of Ed25519 over line 2's 64 bytes and line 3's text |
struct Signature: Equatable {
  /// What the first 64 bytes were made over.
  enum Algorithm: String {
    /// The file's BLAKE2b-512: minisign's default.
    case hashed = "ED"
    /// The file itself: `minisign -l`.
    case plain = "Ed"
  }

  /// A signature's text has about 300 bytes; a comment may be longer.
  static let largestSize = 4096

  let algorithm: Algorithm
  /// The number of the key that is said to have signed.
  let keyNumber: [UInt8]
  let signature: [UInt8]
  let trustedComment: String
  let commentSignature: [UInt8]

  /// Parses a text; nil when it is no signature.
  init?(text: [UInt8]) {
    guard text.count <= Self.largestSize, let string = String(validating: text, as: UTF8.self) else { return nil }
    let lines = string.split(separator: "\n", omittingEmptySubsequences: false)
    // The last line may end with a line break.
    guard lines.count == 4 || (lines.count == 5 && lines[4].isEmpty),
      lines[0].utf8.starts(with: Self.untrustedPrefix.utf8), lines[2].utf8.starts(with: Self.trustedPrefix.utf8),
      let first = Base64.bytes(of: lines[1]), first.count == 74,
      let algorithm = Algorithm(rawValue: String(decoding: first[..<2], as: UTF8.self)),
      let second = Base64.bytes(of: lines[3]), second.count == 64
    else { return nil }
    self.algorithm = algorithm
    keyNumber = Array(first[2..<10])
    signature = Array(first[10...])
    trustedComment = String(lines[2].dropFirst(Self.trustedPrefix.count))
    commentSignature = second
  }

  /// Signs `message` in minisign's default way.
  init(of message: [UInt8], comment: String, key: SecretKey) throws(BundleError) {
    algorithm = .hashed
    keyNumber = key.publicKey.number
    signature = try key.signature(of: BLAKE2b.hash(of: message))
    trustedComment = comment
    commentSignature = try key.signature(of: signature + Array(comment.utf8))
  }

  /// The four lines.
  var text: String {
    let first = Array(algorithm.rawValue.utf8) + keyNumber + signature
    return Self.untrustedPrefix + "signature from an Islet bundle\n" + Base64.text(of: first) + "\n"
      + Self.trustedPrefix + trustedComment + "\n" + Base64.text(of: commentSignature) + "\n"
  }

  /// Whether `key` signed `message` and the comment.
  func isValid(for message: [UInt8], key: PublicKey) -> Bool {
    let signed = algorithm == .hashed ? BLAKE2b.hash(of: message) : message
    return key.accepts(signature, of: signed)
      && key.accepts(commentSignature, of: signature + Array(trustedComment.utf8))
  }

  private static let untrustedPrefix = "untrusted comment: "
  private static let trustedPrefix = "trusted comment: "
}
