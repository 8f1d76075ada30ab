/// What objects derived from a CT series (segmentations, structure sets) copy from it: who, which study, which images.
///
/// Values are the bytes of the files: none is invented, corrected or translated.
public struct SourceSeries: Sendable, Equatable {
  /// One image behind one slice of the volume.
  public struct Image: Sendable, Equatable {
    /// SOPClassUID (0008,0016); empty where the file has none.
    public let sopClassUID: String
    /// SOPInstanceUID (0008,0018); empty where the file has none.
    public let sopInstanceUID: String
    /// Frame number, from 1, of an enhanced multi-frame object; nil for an object that is one image.
    public let frameNumber: Int?

    /// Takes everything as it is.
    public init(sopClassUID: String, sopInstanceUID: String, frameNumber: Int?) {
      (self.sopClassUID, self.sopInstanceUID, self.frameNumber) = (sopClassUID, sopInstanceUID, frameNumber)
    }
  }

  /// One attribute of the data set's first level.
  public struct Attribute: Sendable, Equatable {
    /// Group << 16 | element.
    public let tag: UInt32
    /// Value representation, two letters.
    public let representation: String
    /// The value without padding, in the series' SpecificCharacterSet.
    public let value: [UInt8]

    /// Takes everything as it is.
    public init(tag: UInt32, representation: String, value: [UInt8]) {
      (self.tag, self.representation, self.value) = (tag, representation, value)
    }
  }

  /// One per slice of the volume, in the order of its z axis.
  public let images: [Image]
  /// Those of `copiedTags` that the first slice's file has and that are not empty, by rising tag.
  public let attributes: [Attribute]

  /// Takes everything as it is.
  public init(images: [Image], attributes: [Attribute]) {
    (self.images, self.attributes) = (images, attributes)
  }

  /// The attribute with this tag; nil where the file has none, or an empty one.
  public subscript(tag: UInt32) -> Attribute? { attributes.first { $0.tag == tag } }

  /// An attribute as text, for UIDs, dates, codes and numbers (ASCII by the standard); empty where there is none.
  public func text(_ tag: UInt32) -> String { self[tag].map { String(decoding: $0.value, as: UTF8.self) } ?? "" }

  /// StudyInstanceUID (0020,000D); empty where the files have none.
  public var studyInstanceUID: String { text(0x0020_000D) }
  /// SeriesInstanceUID (0020,000E); empty where the files have none.
  public var seriesInstanceUID: String { text(0x0020_000E) }
  /// FrameOfReferenceUID (0020,0052); empty where the files have none.
  public var frameOfReferenceUID: String { text(0x0020_0052) }
  /// SpecificCharacterSet (0008,0005): in what `Attribute.value` is written; empty means ASCII.
  public var specificCharacterSet: String { text(0x0008_0005) }

  /// Patient, study, frame of reference, and what names the series; value representation by tag (PS3.6).
  ///
  /// No private attribute, no device, no institution, no free-text comment.
  public static let copiedTags: [UInt32: String] = [
    0x0008_0005: "CS",  // SpecificCharacterSet
    0x0008_0020: "DA",  // StudyDate
    0x0008_0021: "DA",  // SeriesDate
    0x0008_0030: "TM",  // StudyTime
    0x0008_0031: "TM",  // SeriesTime
    0x0008_0050: "SH",  // AccessionNumber
    0x0008_0090: "PN",  // ReferringPhysicianName
    0x0008_0201: "SH",  // TimezoneOffsetFromUTC
    0x0008_1030: "LO",  // StudyDescription
    0x0008_103E: "LO",  // SeriesDescription
    0x0010_0010: "PN",  // PatientName
    0x0010_0020: "LO",  // PatientID
    0x0010_0021: "LO",  // IssuerOfPatientID
    0x0010_0030: "DA",  // PatientBirthDate
    0x0010_0040: "CS",  // PatientSex
    0x0010_1010: "AS",  // PatientAge
    0x0010_1020: "DS",  // PatientSize
    0x0010_1030: "DS",  // PatientWeight
    0x0012_0062: "CS",  // PatientIdentityRemoved
    0x0012_0063: "LO",  // DeidentificationMethod
    0x0018_5100: "CS",  // PatientPosition
    0x0020_000D: "UI",  // StudyInstanceUID
    0x0020_000E: "UI",  // SeriesInstanceUID
    0x0020_0010: "SH",  // StudyID
    0x0020_0011: "IS",  // SeriesNumber
    0x0020_0052: "UI",  // FrameOfReferenceUID
    0x0020_1040: "LO",  // PositionReferenceIndicator
  ]
}
