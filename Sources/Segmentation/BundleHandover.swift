import ModelBundle

/// A loaded bundle on its way to another process: its open file, and what the first process found out about it.
///
/// The file goes along as a descriptor, so that the worker reads what was checked even when the path has vanished or
/// names another file by now. Who signed it is not asked again: trust grows with what an instance has loaded before.
public struct BundleHandover: Hashable, Sendable {
  /// The path that the host named, for messages.
  public var path: String
  /// SHA-256 of the manifest.
  public var sha256: String
  /// Identifier of the trusted key that signed it; empty when none did.
  public var signedBy: String
  /// What stands against it and was accepted: bits of `BundleTrust.acceptable`.
  public var doubts: UInt64

  /// A handover that came from the other process.
  public init(path: String, sha256: String, signedBy: String, doubts: UInt64) {
    (self.path, self.sha256, self.signedBy, self.doubts) = (path, sha256, signedBy, doubts)
  }

  /// What the first process found out.
  var provenance: BundleProvenance {
    let flags = ResultFlags(rawValue: doubts)
    return BundleProvenance(
      signedBy: signedBy.isEmpty ? nil : signedBy,
      doubts: Set(TrustPolicy.Doubt.allCases.filter { flags.contains(ResultFlags($0)) }))
  }
}

extension Segmenter {
  /// The bundle for another process, and its file, which stays this segmenter's; nil for a bundle in memory.
  public var handover: (bundle: BundleHandover, descriptor: Int32)? {
    bundle.fileDescriptor.map { descriptor in
      (
        BundleHandover(
          path: bundlePath, sha256: bundle.sha256, signedBy: provenance.signedBy ?? "",
          doubts: bundleFlags.rawValue), descriptor
      )
    }
  }
}
