/// The attributes that are looked at, as group << 16 | element (PS3.6).
enum DicomTag {
  static let mediaStorageSOPClassUID = 0x0002_0002
  static let transferSyntaxUID = 0x0002_0010
  static let imageType = 0x0008_0008
  static let sopClassUID = 0x0008_0016
  static let sopInstanceUID = 0x0008_0018
  static let modality = 0x0008_0060
  static let seriesDescription = 0x0008_103E
  static let sliceThickness = 0x0018_0050
  static let seriesInstanceUID = 0x0020_000E
  static let imagePosition = 0x0020_0032
  static let imageOrientation = 0x0020_0037
  static let samplesPerPixel = 0x0028_0002
  static let photometricInterpretation = 0x0028_0004
  static let numberOfFrames = 0x0028_0008
  static let rows = 0x0028_0010
  static let columns = 0x0028_0011
  static let pixelSpacing = 0x0028_0030
  static let bitsAllocated = 0x0028_0100
  static let bitsStored = 0x0028_0101
  static let highBit = 0x0028_0102
  static let pixelRepresentation = 0x0028_0103
  static let rescaleIntercept = 0x0028_1052
  static let rescaleSlope = 0x0028_1053
  static let sharedFunctionalGroups = 0x5200_9229
  static let perFrameFunctionalGroups = 0x5200_9230
  static let pixelData = 0x7FE0_0010
  static let item = 0xFFFE_E000
  static let itemEnd = 0xFFFE_E00D
  static let sequenceEnd = 0xFFFE_E0DD

  /// Value representations that an attribute may have where the file names them, UN beside them.
  static let representations: [Int: String] = [
    mediaStorageSOPClassUID: "UI", transferSyntaxUID: "UI", imageType: "CS", sopClassUID: "UI", sopInstanceUID: "UI",
    modality: "CS", seriesDescription: "LO",
    sliceThickness: "DS", seriesInstanceUID: "UI", imagePosition: "DS", imageOrientation: "DS", samplesPerPixel: "US",
    photometricInterpretation: "CS", numberOfFrames: "IS", rows: "US", columns: "US", pixelSpacing: "DS",
    bitsAllocated: "US", bitsStored: "US", highBit: "US", pixelRepresentation: "US", rescaleIntercept: "DS",
    rescaleSlope: "DS",
  ]
  /// What a frame has of its own: in an enhanced CT these lie in functional groups (PS3.3, C.7.6.16).
  static let ofFrame: Set<Int> = [
    imagePosition, imageOrientation, pixelSpacing, sliceThickness, rescaleIntercept, rescaleSlope,
  ]
  /// Plane Position, Plane Orientation, Pixel Measures, Pixel Value Transformation.
  static let functionalGroups: Set<Int> = [0x0020_9113, 0x0020_9116, 0x0028_9110, 0x0028_9145]

  /// "(0028,0010)".
  static func name(_ tag: Int) -> String { "(\(hexadecimal(tag >> 16)),\(hexadecimal(tag & 0xffff)))" }

  private static func hexadecimal(_ number: Int) -> String {
    let digits = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
