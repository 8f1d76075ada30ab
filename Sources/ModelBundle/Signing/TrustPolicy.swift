/// Whose bundles are accepted, and which others all the same.
public struct TrustPolicy: Hashable, Sendable {
  /// What can stand against a bundle; each is a refusal of its own, and a permission of its own.
  public enum Doubt: String, CaseIterable, Hashable, Sendable {
    /// It has no signature.
    case unsigned
    /// Its signature names a key that is not trusted.
    case foreign
    /// Its signature names a trusted key, and does not fit it, the manifest, or the manifest's name and version.
    case changed
    /// It is older than the oldest accepted version of its name.
    case rolledBack = "rolled-back"
  }

  /// The keys whose signatures count.
  public var keys: [PublicKey]
  /// Oldest accepted version by bundle name.
  public private(set) var minimumVersions: [String: String]
  /// The doubts that do not lead to a refusal.
  public var accepted: Set<Doubt>

  /// More lines than anybody has keys.
  private static let mostLines = 10_000

  /// The project's own key and nothing else.
  public init() { (keys, minimumVersions, accepted) = ([Self.releaseKey], [:], []) }

  /// Trusts the keys of `trustedKeys`: .pub files, one after the other; nil trusts the project's own key, "" nobody.
  ///
  /// `minimumVersions` has lines of a name and a version; empty lines and those that start with '#' do not count. Refuses
  /// (`invalidKey`) lines that are neither.
  public init(
    trustedKeys: String?, minimumVersions: String? = nil, accepting accepted: Set<Doubt> = []
  ) throws(BundleError) {
    self.init()
    self.accepted = accepted
    if let trustedKeys { keys = try Self.keys(in: trustedKeys) }
    for line in try Self.lines(of: minimumVersions ?? "", named: "minimum versions") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 2, words.allSatisfy({ Manifest.isIdentifier($0) }) else {
        throw BundleError(
          code: .invalidKey,
          message: "minimum versions: \(quoted(String(line))); expected a bundle's name and a version")
      }
      raiseMinimum(of: words[0], to: words[1])
    }
  }

  /// From now on refuses bundles of this name that are older than `version`; never lowers what was asked for before.
  public mutating func raiseMinimum(of name: String, to version: String) {
    if let known = minimumVersions[name], BundleVersion(version) < BundleVersion(known) { return }
    minimumVersions[name] = version
  }

  private static func keys(in text: String) throws(BundleError) -> [PublicKey] {
    var keys: [PublicKey] = []
    for line in try lines(of: text, named: "trusted keys") where !line.hasPrefix("untrusted comment:") {
      guard let key = PublicKey(line: line) else {
        throw BundleError(
          code: .invalidKey, message: "trusted keys: \(quoted(String(line))) is no public key of minisign's format")
      }
      keys.append(key)
    }
    return keys
  }

  private static func lines(of text: String, named name: String) throws(BundleError) -> [Substring] {
    let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("#") && !$0.allSatisfy(\.isWhitespace) }
    guard lines.count <= mostLines else {
      throw BundleError(code: .invalidKey, message: "\(name): \(lines.count) lines, expected at most \(mostLines)")
    }
    return lines
  }

  /// The key that signs the bundles under Models; Models/keys/islet-release.pub, which a test compares.
  static let releaseKey = PublicKey(
    number: [0xC4, 0x65, 0xFA, 0x5C, 0xB6, 0x71, 0x59, 0x67],
    bytes: [
      0x55, 0x85, 0x2D, 0x6C, 0xC0, 0xC7, 0x4E, 0x72, 0xBB, 0x2C, 0xE5, 0xE7, 0xB5, 0xED, 0xB5, 0xFF,
      0x17, 0x99, 0x82, 0xEB, 0x11, 0xAA, 0x90, 0x78, 0x40, 0x68, 0xE5, 0xB7, 0xAA, 0x60, 0xB3, 0x0B,
    ])
}
