import ModelBundle

/// Which bundles a host accepts: whose signatures count, how old a version may be, and what is accepted all the same.
public struct BundleTrust: Sendable {
  private(set) var policy: TrustPolicy

  /// The flags of results that are also what can be accepted of a bundle.
  public static let acceptable: ResultFlags = [.unsignedBundle, .foreignBundle, .changedBundle, .rolledBackBundle]

  /// `trustedKeys`: .pub files of minisign in one text; nil: the project's own key; "": nobody's.
  /// `minimumVersions`: lines of a bundle's name and its oldest accepted version. `accepting`: flags out of `acceptable`.
  /// Error: `config`.
  public init(
    trustedKeys: String? = nil, minimumVersions: String? = nil, accepting: ResultFlags = []
  ) throws(SegmentationError) {
    guard accepting.isSubset(of: Self.acceptable) else {
      throw SegmentationError(
        code: .config,
        description: "config: flags \(accepting.rawValue) cannot be accepted of a bundle, expected ISLET_FLAG_*_BUNDLE")
    }
    do throws(BundleError) {
      policy = try TrustPolicy(
        trustedKeys: trustedKeys, minimumVersions: minimumVersions,
        accepting: Set(TrustPolicy.Doubt.allCases.filter { accepting.contains(ResultFlags($0)) }))
    } catch {
      throw SegmentationError(code: .config, description: "config: \(error.message)")
    }
  }

  /// From now on refuses older versions than that of a bundle that a trusted key signed.
  public mutating func remember(_ segmenter: Segmenter) {
    guard segmenter.provenance.signedBy != nil else { return }
    policy.raiseMinimum(of: segmenter.bundleName, to: segmenter.bundleVersion)
  }
}

extension ResultFlags {
  /// The flag that says so in results.
  init(_ doubt: TrustPolicy.Doubt) {
    self =
      switch doubt {
      case .unsigned: .unsignedBundle
      case .foreign: .foreignBundle
      case .changed: .changedBundle
      case .rolledBack: .rolledBackBundle
      }
  }

  /// The flags for all that stands against a bundle.
  init(_ provenance: BundleProvenance) {
    self = provenance.doubts.reduce(into: []) { $0.insert(ResultFlags($1)) }
  }
}
