/// A coded concept: a value, the scheme that it belongs to, and what it means.
public struct CodedConcept: Hashable, Sendable {
  /// Code value, for instance "15776009".
  public let value: String
  /// Coding scheme designator: "SCT" is SNOMED CT, "DCM" DICOM's own.
  public let scheme: String
  /// Code meaning in English.
  public let meaning: String

  /// Fields in order.
  public init(_ value: String, _ scheme: String, _ meaning: String) {
    (self.value, self.scheme, self.meaning) = (value, scheme, meaning)
  }
}

/// What a mask shows: its name, codes and colour, as the bundle states them.
public struct SegmentedOrgan: Hashable, Sendable {
  /// The value of its voxels, 1...255.
  public let value: UInt8
  /// Name for people, in English and lower case.
  public let name: String
  /// Segmented property category, for instance Anatomical Structure.
  public let category: CodedConcept
  /// Segmented property type: the organ itself.
  public let type: CodedConcept
  /// Recommended display colour: red, green, blue.
  public let colour: SIMD3<UInt8>

  /// Fields in order.
  public init(value: UInt8, name: String, category: CodedConcept, type: CodedConcept, colour: SIMD3<UInt8>) {
    (self.value, self.name, self.category, self.type, self.colour) = (value, name, category, type, colour)
  }
}
