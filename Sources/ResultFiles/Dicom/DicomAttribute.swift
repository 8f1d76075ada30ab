/// How the value of an attribute is stored (PS3.5, 6.2); only those that are written here.
enum DicomRepresentation: String {
  case AT, CS, DA, DS, IS, LO, OB, PN, SH, SQ, ST, TM, UI, UL, US

  /// True where explicit headers have a 32-bit length (PS3.5, 7.1.2).
  var hasLongHeader: Bool { self == .OB || self == .SQ }
  /// What makes an odd number of bytes even.
  var padding: UInt8 { self == .UI || self == .OB ? 0 : 0x20 }
}

/// An attribute's tag and value representation; names are the keywords of PS3.6.
struct DicomAttribute: Hashable {
  /// Group << 16 | element.
  let tag: UInt32
  let representation: DicomRepresentation

  init(_ tag: UInt32, _ representation: DicomRepresentation) { (self.tag, self.representation) = (tag, representation) }
}

/// File meta information, SOP common, patient, study, series, equipment.
extension DicomAttribute {
  static let fileMetaInformationGroupLength = DicomAttribute(0x0002_0000, .UL)
  static let fileMetaInformationVersion = DicomAttribute(0x0002_0001, .OB)
  static let mediaStorageSOPClassUID = DicomAttribute(0x0002_0002, .UI)
  static let mediaStorageSOPInstanceUID = DicomAttribute(0x0002_0003, .UI)
  static let transferSyntaxUID = DicomAttribute(0x0002_0010, .UI)
  static let implementationClassUID = DicomAttribute(0x0002_0012, .UI)
  static let implementationVersionName = DicomAttribute(0x0002_0013, .SH)
  static let specificCharacterSet = DicomAttribute(0x0008_0005, .CS)
  static let imageType = DicomAttribute(0x0008_0008, .CS)
  static let sopClassUID = DicomAttribute(0x0008_0016, .UI)
  static let sopInstanceUID = DicomAttribute(0x0008_0018, .UI)
  static let studyDate = DicomAttribute(0x0008_0020, .DA)
  static let contentDate = DicomAttribute(0x0008_0023, .DA)
  static let studyTime = DicomAttribute(0x0008_0030, .TM)
  static let contentTime = DicomAttribute(0x0008_0033, .TM)
  static let accessionNumber = DicomAttribute(0x0008_0050, .SH)
  static let modality = DicomAttribute(0x0008_0060, .CS)
  static let manufacturer = DicomAttribute(0x0008_0070, .LO)
  static let referringPhysicianName = DicomAttribute(0x0008_0090, .PN)
  static let codeValue = DicomAttribute(0x0008_0100, .SH)
  static let codingSchemeDesignator = DicomAttribute(0x0008_0102, .SH)
  static let codeMeaning = DicomAttribute(0x0008_0104, .LO)
  static let seriesDescription = DicomAttribute(0x0008_103E, .LO)
  static let operatorsName = DicomAttribute(0x0008_1070, .PN)
  static let manufacturerModelName = DicomAttribute(0x0008_1090, .LO)
  static let patientName = DicomAttribute(0x0010_0010, .PN)
  static let patientID = DicomAttribute(0x0010_0020, .LO)
  static let issuerOfPatientID = DicomAttribute(0x0010_0021, .LO)
  static let patientBirthDate = DicomAttribute(0x0010_0030, .DA)
  static let patientSex = DicomAttribute(0x0010_0040, .CS)
  static let patientIdentityRemoved = DicomAttribute(0x0012_0062, .CS)
  static let deidentificationMethod = DicomAttribute(0x0012_0063, .LO)
  static let deviceSerialNumber = DicomAttribute(0x0018_1000, .LO)
  static let softwareVersions = DicomAttribute(0x0018_1020, .LO)
  static let studyInstanceUID = DicomAttribute(0x0020_000D, .UI)
  static let seriesInstanceUID = DicomAttribute(0x0020_000E, .UI)
  static let studyID = DicomAttribute(0x0020_0010, .SH)
  static let seriesNumber = DicomAttribute(0x0020_0011, .IS)
  static let instanceNumber = DicomAttribute(0x0020_0013, .IS)
  static let frameOfReferenceUID = DicomAttribute(0x0020_0052, .UI)
  static let positionReferenceIndicator = DicomAttribute(0x0020_1040, .LO)
}

/// Image pixels, functional groups, references.
extension DicomAttribute {
  static let referencedSeriesSequence = DicomAttribute(0x0008_1115, .SQ)
  static let referencedInstanceSequence = DicomAttribute(0x0008_114A, .SQ)
  static let referencedSOPClassUID = DicomAttribute(0x0008_1150, .UI)
  static let referencedSOPInstanceUID = DicomAttribute(0x0008_1155, .UI)
  static let referencedFrameNumber = DicomAttribute(0x0008_1160, .IS)
  static let sourceImageSequence = DicomAttribute(0x0008_2112, .SQ)
  static let derivationImageSequence = DicomAttribute(0x0008_9124, .SQ)
  static let derivationCodeSequence = DicomAttribute(0x0008_9215, .SQ)
  static let sliceThickness = DicomAttribute(0x0018_0050, .DS)
  static let spacingBetweenSlices = DicomAttribute(0x0018_0088, .DS)
  static let imagePositionPatient = DicomAttribute(0x0020_0032, .DS)
  static let imageOrientationPatient = DicomAttribute(0x0020_0037, .DS)
  static let frameContentSequence = DicomAttribute(0x0020_9111, .SQ)
  static let planePositionSequence = DicomAttribute(0x0020_9113, .SQ)
  static let planeOrientationSequence = DicomAttribute(0x0020_9116, .SQ)
  static let dimensionIndexValues = DicomAttribute(0x0020_9157, .UL)
  static let dimensionOrganizationUID = DicomAttribute(0x0020_9164, .UI)
  static let dimensionIndexPointer = DicomAttribute(0x0020_9165, .AT)
  static let functionalGroupPointer = DicomAttribute(0x0020_9167, .AT)
  static let dimensionOrganizationSequence = DicomAttribute(0x0020_9221, .SQ)
  static let dimensionIndexSequence = DicomAttribute(0x0020_9222, .SQ)
  static let dimensionDescriptionLabel = DicomAttribute(0x0020_9421, .LO)
  static let samplesPerPixel = DicomAttribute(0x0028_0002, .US)
  static let photometricInterpretation = DicomAttribute(0x0028_0004, .CS)
  static let numberOfFrames = DicomAttribute(0x0028_0008, .IS)
  static let rows = DicomAttribute(0x0028_0010, .US)
  static let columns = DicomAttribute(0x0028_0011, .US)
  static let pixelSpacing = DicomAttribute(0x0028_0030, .DS)
  static let bitsAllocated = DicomAttribute(0x0028_0100, .US)
  static let bitsStored = DicomAttribute(0x0028_0101, .US)
  static let highBit = DicomAttribute(0x0028_0102, .US)
  static let pixelRepresentation = DicomAttribute(0x0028_0103, .US)
  static let spatialLocationsPreserved = DicomAttribute(0x0028_135A, .CS)
  static let lossyImageCompression = DicomAttribute(0x0028_2110, .CS)
  static let pixelMeasuresSequence = DicomAttribute(0x0028_9110, .SQ)
  static let purposeOfReferenceCodeSequence = DicomAttribute(0x0040_A170, .SQ)
  static let contentLabel = DicomAttribute(0x0070_0080, .CS)
  static let contentDescription = DicomAttribute(0x0070_0081, .LO)
  static let contentCreatorName = DicomAttribute(0x0070_0084, .PN)
  static let sharedFunctionalGroupsSequence = DicomAttribute(0x5200_9229, .SQ)
  static let perFrameFunctionalGroupsSequence = DicomAttribute(0x5200_9230, .SQ)
  static let pixelData = DicomAttribute(0x7FE0_0010, .OB)
}

/// Segmentation (PS3.3, C.8.20).
extension DicomAttribute {
  static let segmentationType = DicomAttribute(0x0062_0001, .CS)
  static let segmentSequence = DicomAttribute(0x0062_0002, .SQ)
  static let segmentedPropertyCategoryCodeSequence = DicomAttribute(0x0062_0003, .SQ)
  static let segmentNumber = DicomAttribute(0x0062_0004, .US)
  static let segmentLabel = DicomAttribute(0x0062_0005, .LO)
  static let segmentDescription = DicomAttribute(0x0062_0006, .ST)
  static let segmentationAlgorithmIdentificationSequence = DicomAttribute(0x0062_0007, .SQ)
  static let segmentAlgorithmType = DicomAttribute(0x0062_0008, .CS)
  static let segmentAlgorithmName = DicomAttribute(0x0062_0009, .LO)
  static let segmentIdentificationSequence = DicomAttribute(0x0062_000A, .SQ)
  static let referencedSegmentNumber = DicomAttribute(0x0062_000B, .US)
  static let recommendedDisplayCIELabValue = DicomAttribute(0x0062_000D, .US)
  static let maximumFractionalValue = DicomAttribute(0x0062_000E, .US)
  static let segmentedPropertyTypeCodeSequence = DicomAttribute(0x0062_000F, .SQ)
  static let segmentationFractionalType = DicomAttribute(0x0062_0010, .CS)
  static let algorithmFamilyCodeSequence = DicomAttribute(0x0066_002F, .SQ)
  static let algorithmNameCodeSequence = DicomAttribute(0x0066_0030, .SQ)
  static let algorithmVersion = DicomAttribute(0x0066_0031, .LO)
  static let algorithmName = DicomAttribute(0x0066_0036, .LO)
}

/// Structure set (PS3.3, C.8.8.5 to C.8.8.8).
extension DicomAttribute {
  static let structureSetLabel = DicomAttribute(0x3006_0002, .SH)
  static let structureSetName = DicomAttribute(0x3006_0004, .LO)
  static let structureSetDate = DicomAttribute(0x3006_0008, .DA)
  static let structureSetTime = DicomAttribute(0x3006_0009, .TM)
  static let referencedFrameOfReferenceSequence = DicomAttribute(0x3006_0010, .SQ)
  static let rtReferencedStudySequence = DicomAttribute(0x3006_0012, .SQ)
  static let rtReferencedSeriesSequence = DicomAttribute(0x3006_0014, .SQ)
  static let contourImageSequence = DicomAttribute(0x3006_0016, .SQ)
  static let structureSetROISequence = DicomAttribute(0x3006_0020, .SQ)
  static let roiNumber = DicomAttribute(0x3006_0022, .IS)
  static let referencedFrameOfReferenceUID = DicomAttribute(0x3006_0024, .UI)
  static let roiName = DicomAttribute(0x3006_0026, .LO)
  static let roiDisplayColor = DicomAttribute(0x3006_002A, .IS)
  static let roiGenerationAlgorithm = DicomAttribute(0x3006_0036, .CS)
  static let roiGenerationDescription = DicomAttribute(0x3006_0038, .LO)
  static let roiContourSequence = DicomAttribute(0x3006_0039, .SQ)
  static let contourSequence = DicomAttribute(0x3006_0040, .SQ)
  static let contourGeometricType = DicomAttribute(0x3006_0042, .CS)
  static let numberOfContourPoints = DicomAttribute(0x3006_0046, .IS)
  static let contourData = DicomAttribute(0x3006_0050, .DS)
  static let rtROIObservationsSequence = DicomAttribute(0x3006_0080, .SQ)
  static let observationNumber = DicomAttribute(0x3006_0082, .IS)
  static let referencedROINumber = DicomAttribute(0x3006_0084, .IS)
  static let rtROIIdentificationCodeSequence = DicomAttribute(0x3006_0086, .SQ)
  static let rtROIInterpretedType = DicomAttribute(0x3006_00A4, .CS)
  static let roiInterpreter = DicomAttribute(0x3006_00A6, .PN)
  static let approvalStatus = DicomAttribute(0x300E_0002, .CS)
}
