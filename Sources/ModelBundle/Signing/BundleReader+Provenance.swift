/// Who vouches for a bundle.
public struct BundleProvenance: Hashable, Sendable {
  /// Identifier of the trusted key that signed it; nil when none did.
  public let signedBy: String?
  /// What stands against it; empty for a bundle that a trusted key signed.
  public let doubts: Set<TrustPolicy.Doubt>

  /// What was found out about a bundle.
  public init(signedBy: String?, doubts: Set<TrustPolicy.Doubt>) { (self.signedBy, self.doubts) = (signedBy, doubts) }
}

extension BundleReader {
  /// The comment that a bundle's signature carries under its protection.
  ///
  /// Name and version stand in the signed manifest, too. Here they are for people: `minisign -V` prints this line.
  public var signedComment: String { "islet bundle \(manifest.name) \(manifest.version)" }

  /// Says who vouches for this bundle; refuses it for the first doubt that `policy` does not accept.
  ///
  /// The signature covers the manifest, the manifest holds the hash of every stored chunk. Cost: one hash of the manifest
  /// and two Ed25519 checks, a millisecond.
  public func provenance(under policy: TrustPolicy) throws(BundleError) -> BundleProvenance {
    let (signedBy, signatureDoubt) = signer(among: policy.keys)
    var doubts: Set<TrustPolicy.Doubt> = []
    if let signatureDoubt { doubts.insert(signatureDoubt) }
    if let minimum = policy.minimumVersions[manifest.name],
      BundleVersion(manifest.version) < BundleVersion(minimum)
    {
      doubts.insert(.rolledBack)
    }
    for doubt in TrustPolicy.Doubt.allCases where doubts.contains(doubt) && !policy.accepted.contains(doubt) {
      throw refusal(for: doubt, policy: policy)
    }
    return BundleProvenance(signedBy: signedBy, doubts: doubts)
  }

  private func signer(among keys: [PublicKey]) -> (signedBy: String?, doubt: TrustPolicy.Doubt?) {
    guard !signatureBytes.isEmpty else { return (nil, .unsigned) }
    guard let signature = Signature(text: signatureBytes) else { return (nil, .changed) }
    let named = keys.filter { $0.number == signature.keyNumber }
    guard !named.isEmpty else { return (nil, .foreign) }
    guard signature.trustedComment == signedComment,
      let key = named.first(where: { signature.isValid(for: manifestBytes, key: $0) })
    else { return (nil, .changed) }
    return (key.identifier, nil)
  }

  private func refusal(for doubt: TrustPolicy.Doubt, policy: TrustPolicy) -> BundleError {
    switch doubt {
    case .unsigned:
      return BundleError(
        code: .unsigned,
        message: "\(fileName): the bundle is not signed; sign it, or allow unsigned bundles for this run by name")
    case .foreign:
      let key = Signature(text: signatureBytes).map { PublicKey(number: $0.keyNumber, bytes: []).identifier } ?? "?"
      let trusted = policy.keys.map(\.identifier).joined(separator: ", ")
      return BundleError(
        code: .foreignSignature,
        message: "\(fileName): signed with the key \(key), which is not trusted"
          + " (trusted: \(trusted.isEmpty ? "none" : trusted)); add its .pub file to the trusted keys if you know whose it is"
      )
    case .changed:
      return BundleError(
        code: .changedSignature,
        message: "\(fileName): the signature does not fit the manifest: one of them was changed; fetch the bundle again"
      )
    case .rolledBack:
      return BundleError(
        code: .rolledBack,
        message: "\(fileName): version \(manifest.version) of \(manifest.name) is older than"
          + " \(policy.minimumVersions[manifest.name] ?? "?"), the oldest accepted one; fetch a newer bundle")
    }
  }
}
