public import Volumes

/// What phantom.json says about a synthetic case: enough to make it again, and to ask for all thin patients.
public struct PhantomRecord: Encodable, Sendable {
  /// One random choice or measured property.
  public enum ChoiceValue: Encodable, Hashable, Sendable {
    case number(Double)
    case text(String)
    case bool(Bool)
    case list([ChoiceValue])

    /// As the bare JSON value.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .number(let value): try container.encode(value)
      case .text(let value): try container.encode(value)
      case .bool(let value): try container.encode(value)
      case .list(let values): try container.encode(values)
      }
    }
  }

  /// The schema of phantom.json.
  public static let schema = "org.islet.phantom/1"
  /// Stands in every output.
  public static let researchUse = "Research use only, not for diagnosis."

  /// What made the case: "parametric" or "atlas".
  public let source: String
  /// The seed of every random stream.
  public let seed: UInt64
  /// Voxels along x, y, z.
  public let size: VolumeSize
  /// Voxel spacing, mm.
  public let spacing: SIMD3<Double>
  /// Every random choice by name, units in the name.
  public let choices: [String: ChoiceValue]

  /// A record of a case on a grid.
  public init(source: String, seed: UInt64, geometry: VolumeGeometry, choices: [String: ChoiceValue]) {
    (self.source, self.seed, self.choices) = (source, seed, choices)
    (size, spacing) = (geometry.size, geometry.spacing)
  }

  private enum CodingKeys: String, CodingKey {
    case schema, data, source, seed, size, labels, choices
    case spacing = "spacing_mm"
    case researchUse = "research_use"
  }

  /// As phantom.json.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(Self.schema, forKey: .schema)
    try container.encode("synthetic", forKey: .data)
    try container.encode(Self.researchUse, forKey: .researchUse)
    try container.encode(source, forKey: .source)
    try container.encode(seed, forKey: .seed)
    try container.encode([size.x, size.y, size.z], forKey: .size)
    try container.encode([spacing.x, spacing.y, spacing.z], forKey: .spacing)
    let labels = PhantomLabel.allCases.map { ($0.name, $0.rawValue) }
    try container.encode(Dictionary(uniqueKeysWithValues: labels), forKey: .labels)
    try container.encode(choices, forKey: .choices)
  }
}
