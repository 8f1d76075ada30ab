/// Unique identifiers of what is written here.
public enum DicomUID {
  /// A fresh UID: 2.25 and a random UUID as a number (PS3.5, B.2); needs no registered root.
  public static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    return random(using: &generator)
  }

  /// The same with the caller's random numbers.
  public static func random(using generator: inout some RandomNumberGenerator) -> String {
    // Version 4, variant 1 (RFC 4122, 4.4).
    let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    return "2.25.\(UInt128(high) << 64 | UInt128(low))"
  }

  /// Names this writer in the file meta information.
  static let implementationClass = "2.25.248041220670807562413137947172658651518"
  static let implementationVersion = "ISLET_0_1"
  static let segmentationStorage = "1.2.840.10008.5.1.4.1.1.66.4"
  static let structureSetStorage = "1.2.840.10008.5.1.4.1.1.481.3"
  /// The class that structure sets name for a study, by convention: Detached Study Management (retired).
  static let study = "1.2.840.10008.3.1.2.3.1"
}
