extension Manifest {
  /// One organ of the mask.
  public struct Label: Codable, Hashable, Sendable {
    /// The value of its voxels in the mask, 1...255.
    public var value: Int
    /// Name for people, in English and lower case.
    public var name: String
    /// Segmented property category, as DICOM SEG asks for.
    public var category: Code
    /// Segmented property type: the organ itself.
    public var type: Code
    /// Recommended display colour: red, green, blue, 0...255 each.
    public var colour: [UInt8]

    /// Makes a label.
    public init(value: Int, name: String, category: Code, type: Code, colour: [UInt8]) {
      (self.value, self.name, self.category, self.type, self.colour) = (value, name, category, type, colour)
    }
  }

  /// A coded concept of DICOM: code value, coding scheme, code meaning.
  public struct Code: Codable, Hashable, Sendable {
    /// Coding scheme designator; "SCT" is SNOMED CT.
    public var scheme: String
    /// Code value within the scheme.
    public var code: String
    /// Code meaning, in English.
    public var meaning: String

    /// Makes a coded concept.
    public init(scheme: String, code: String, meaning: String) {
      (self.scheme, self.code, self.meaning) = (scheme, code, meaning)
    }
  }

  /// One measured figure.
  public struct Quality: Codable, Hashable, Sendable {
    /// What the measurement took as the truth.
    public enum Kind: String, Codable, CaseIterable, Hashable, Sendable {
      /// Synthetic images, whose truth is known by construction.
      case synthetic
      /// Real images labelled by another model.
      case pseudoLabels = "pseudo-labels"
      /// Real images labelled by people.
      case manual
    }

    /// Which images, and that the training had not seen them (or that it had).
    public var cohort: String
    /// What was taken as the truth.
    public var kind: Kind
    /// Name of the measure, such as "DSC".
    public var measure: String
    /// Mean over the cases.
    public var mean: Double
    /// Standard deviation over the cases; nil for a single case.
    public var sd: Double?
    /// The worst case; nil for a single case.
    public var minimum: Double?
    /// Number of cases.
    public var n: Int
    /// Conditions of the measurement and what a reader must know about it.
    public var note: String?

    /// Makes a line of the quality table.
    public init(
      cohort: String, kind: Kind, measure: String, mean: Double, sd: Double? = nil, minimum: Double? = nil, n: Int,
      note: String? = nil
    ) {
      (self.cohort, self.kind, self.measure, self.mean) = (cohort, kind, measure, mean)
      (self.sd, self.minimum, self.n, self.note) = (sd, minimum, n, note)
    }
  }

  /// A file that weights were packed from.
  public struct Source: Codable, Hashable, Sendable {
    /// File name without folders.
    public var file: String
    /// SHA-256 of the file, 64 lower-case hexadecimal digits.
    public var sha256: String

    /// Makes a source record.
    public init(file: String, sha256: String) { (self.file, self.sha256) = (file, sha256) }
  }
}
