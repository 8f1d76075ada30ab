import CIslet

/// Which bundles an instance accepts; a host that says nothing accepts what the Islet project signed, and nothing else.
public struct BundleTrust: Hashable, Sendable {
  /// What can stand against a bundle, and be accepted by name: the flags that its results then carry.
  public enum Doubt: CaseIterable, Hashable, Sendable {
    /// It has no signature.
    case unsigned
    /// It is signed with a key that is not trusted.
    case foreign
    /// Its signature does not fit it.
    case changed
    /// It is older than the oldest accepted version of its name.
    case rolledBack

    /// The bit of ISLET_FLAG_*_BUNDLE.
    var flag: UInt64 {
      switch self {
      case .unsigned: ISLET_FLAG_UNSIGNED_BUNDLE
      case .foreign: ISLET_FLAG_FOREIGN_BUNDLE
      case .changed: ISLET_FLAG_CHANGED_BUNDLE
      case .rolledBack: ISLET_FLAG_ROLLED_BACK_BUNDLE
      }
    }
  }

  /// Public keys whose signatures count, .pub files one after the other; nil for the Islet project's, "" for nobody's.
  public var trustedKeys: String?
  /// Lines of a bundle's name and its oldest accepted version.
  public var minimumVersions: String?
  /// What is accepted all the same.
  public var accepted: Set<Doubt>

  /// The plugin's defaults unless given.
  public init(trustedKeys: String? = nil, minimumVersions: String? = nil, accepted: Set<Doubt> = []) {
    self.trustedKeys = trustedKeys
    self.minimumVersions = minimumVersions
    self.accepted = accepted
  }

  /// Calls `body` with the C struct, whose pointers live that long.
  func withConfig<Result>(_ body: (UnsafePointer<islet_config>) -> Result) -> Result {
    Self.withText(trustedKeys) { keys in
      Self.withText(minimumVersions) { versions in
        var config = islet_config()
        config.struct_size = UInt32(MemoryLayout<islet_config>.size)
        config.trusted_keys = keys
        config.minimum_versions = versions
        config.accepted_flags = accepted.reduce(0) { $0 | $1.flag }
        return body(&config)
      }
    }
  }

  private static func withText<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return text.withCString { body($0) }
  }
}
