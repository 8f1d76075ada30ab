/// One labelled CT of a cohort: where its files are, what it is for and how it was made.
public struct CohortCase: Codable, Hashable, Sendable {
  /// What a case may be used for; no case serves two purposes.
  public enum Purpose: String, Codable, CaseIterable, Hashable, Sendable {
    /// Cross-validation: trained on while another fold is tested, tested with its own fold.
    case fold
    /// Weights that are shipped are trained on these.
    case training
    /// The confidence is calibrated on these.
    case calibration
    /// Looked at once, for the figures.
    case test
  }

  /// SHA-256 of what a case holds, not of its files, whose compression may differ: 64 lower-case digits each.
  public struct Hashes: Codable, Hashable, Sendable {
    /// Of the HU as int16, little endian, x fastest.
    public var voxels: String
    /// Of the labels as uint8, x fastest.
    public var labels: String

    /// Takes the two hashes as they are.
    public init(voxels: String, labels: String) { (self.voxels, self.labels) = (voxels, labels) }
  }

  /// The case's name, unique in its cohort.
  public var id: String
  /// What it is for.
  public var set: Purpose
  /// 1 to 4 for a case of `fold`, nil otherwise.
  public var fold: Int?
  /// How a synthetic case was made, "parametric" or "atlas"; nil for what was not synthesised.
  public var source: String?
  /// Where a synthetic case's random numbers start.
  public var seed: UInt64?
  /// What was done to the original on purpose ("noise", "organ-cut", ...); nil for an original.
  public var corruption: String?
  /// The id of the case that this one is a corrupted variant of.
  public var original: String?
  /// The CT, a path inside the cohort's folder.
  public var image: String
  /// The labels, a path inside the cohort's folder.
  public var labels: String
  /// What the voxels and the labels should be.
  public var sha256: Hashes?

  /// An original case in a folder of its own, with the files' usual names.
  public init(
    id: String, set: Purpose, fold: Int? = nil, source: String? = nil, seed: UInt64? = nil, corruption: String? = nil,
    original: String? = nil, sha256: Hashes? = nil
  ) {
    (self.id, self.set, self.fold, self.source, self.seed) = (id, set, fold, source, seed)
    (self.corruption, self.original, self.sha256) = (corruption, original, sha256)
    image = "\(id)/\(CohortFolder.imageName)"
    labels = "\(id)/\(CohortFolder.labelsName)"
  }
}

extension CohortCase {
  /// Every key of the format, null where there is nothing: readers in other languages need not ask whether one is there.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(set, forKey: .set)
    try container.encode(fold, forKey: .fold)
    try container.encode(source, forKey: .source)
    try container.encode(seed, forKey: .seed)
    try container.encode(corruption, forKey: .corruption)
    try container.encode(original, forKey: .original)
    try container.encode(image, forKey: .image)
    try container.encode(labels, forKey: .labels)
    try container.encode(sha256, forKey: .sha256)
  }
}
