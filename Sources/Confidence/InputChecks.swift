/// Something about an image that makes a mask of it doubtful, whatever the networks say.
public struct InputFinding: Hashable, Sendable {
  /// What kind of doubt: each is one flag of a result.
  public enum Kind: String, CaseIterable, Hashable, Sendable {
    /// The anatomy does not lie as the image's orientation says.
    case orientation = "orientation-doubtful"
    /// The image does not look like the part of the body that the bundle was made for.
    case bodyPart = "wrong-body-part"
    /// The image shows less or more of the body than the bundle was made for.
    case fieldOfView = "field-of-view"
    /// Slices are constant, repeated, or seem to be missing.
    case slices = "slices-doubtful"
    /// The image is noisier, smoother, darker or brighter than those that the bundle was made for, or holds much metal.
    case quality = "image-quality"
  }

  /// The kind of doubt.
  public let kind: Kind
  /// The feature that shows it.
  public let feature: Feature
  /// What was found, for people.
  public let sentence: String
}

/// Compares an image's features with what is usual.
public struct InputChecks: Hashable, Sendable {
  /// What holds for every CT of a body, wide enough to stay silent on all that is usual. A bundle's reference ranges
  /// replace these where they name the same feature.
  public static let limits: [Feature: ReferenceRange] = [
    .bonePosterior: ReferenceRange(low: 0.4, high: nil),
    .lungSuperior: ReferenceRange(low: -0.2, high: nil),
    .solidRight: ReferenceRange(low: -0.2, high: nil),
    .constantSlices: ReferenceRange(low: nil, high: 0),
    .repeatedSlices: ReferenceRange(low: nil, high: 0),
    .sliceJump: ReferenceRange(low: nil, high: 3),
  ]

  /// Which features say what; volume and HU of the mask are no matter of the input.
  static let kinds: [(feature: Feature, kind: InputFinding.Kind)] = [
    (.bonePosterior, .orientation), (.lungSuperior, .orientation), (.solidRight, .orientation),
    (.boneShare, .bodyPart), (.lungShare, .bodyPart), (.solidShare, .bodyPart), (.bodyWidth, .bodyPart),
    (.bodyDepth, .bodyPart),
    (.extentAcross, .fieldOfView), (.extentDeep, .fieldOfView), (.extentAlong, .fieldOfView),
    (.constantSlices, .slices), (.repeatedSlices, .slices), (.sliceJump, .slices),
    (.noise, .quality), (.fat, .quality), (.metal, .quality),
  ]

  private let ranges: [Feature: ReferenceRange]

  /// The limits above, with a bundle's own in their place.
  public init(references: [Feature: ReferenceRange] = [:]) {
    ranges = Self.limits.merging(references) { $1 }
  }

  /// What is doubtful, in the order of the kinds; nothing is said of an image with less than a litre of body.
  public func findings(in features: RunFeatures) -> [InputFinding] {
    guard features[.bodyWidth] != nil else { return [] }
    return Self.kinds.compactMap { feature, kind in
      guard let range = ranges[feature], let value = features[feature], !range.contains(value) else { return nil }
      return InputFinding(
        kind: kind, feature: feature, sentence: feature.sentence(finding: value, usual: range))
    }
  }

  /// The parts of the orientation that this image gives no evidence for.
  public func unjudged(in features: RunFeatures) -> [Feature] {
    [.bonePosterior, .lungSuperior, .solidRight].filter { features[$0] == nil || features[.bodyWidth] == nil }
  }
}
