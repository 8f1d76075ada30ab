import DicomSeries
public import ImageFiles
public import Volumes

/// DICOM Segmentation objects (PS3.3, A.51): the mask as BINARY, the probability as FRACTIONAL.
///
/// One object is of one type, so mask and probability are two. Frames are the CT's slices from the first to the last that
/// has something in it, without gaps: the slices beyond hold nothing.
public enum DicomSegmentation {
  /// Writes the mask, one bit a pixel. Returns false, and writes nothing, when the mask is empty.
  public static func write(mask: LabelMap, of object: DerivedObject, to path: String) throws(ImageError) -> Bool {
    try check(mask.labels.count, object, path)
    guard let slices = slices(of: mask.labels, object.geometry.size) else { return false }
    let plane = object.geometry.size.x * object.geometry.size.y
    let pixels = packed(mask.labels[(slices.lowerBound * plane)..<(slices.upperBound * plane)])
    try compose(object, slices: slices, pixels: pixels, type: .binary).write(.explicitHeaders, to: path)
    return true
  }

  /// Writes the probability, 0...255 for 0...1. Returns false, and writes nothing, when it is 0 everywhere.
  public static func write(probability: [UInt8], of object: DerivedObject, to path: String) throws(ImageError) -> Bool {
    try check(probability.count, object, path)
    guard let slices = slices(of: probability, object.geometry.size) else { return false }
    let plane = object.geometry.size.x * object.geometry.size.y
    let pixels = Array(probability[(slices.lowerBound * plane)..<(slices.upperBound * plane)])
    try compose(object, slices: slices, pixels: pixels, type: .probability).write(.explicitHeaders, to: path)
    return true
  }

  /// The two types that are written.
  enum SegmentationType {
    case binary
    case probability
  }

  private static func check(_ count: Int, _ object: DerivedObject, _ path: String) throws(ImageError) {
    guard count == object.geometry.size.voxelCount else {
      throw ImageError(
        .invalidGeometry, "\(path): \(count) values for \(object.geometry.size.voxelCount) voxels; nothing was written")
    }
  }

  /// From the first slice with a value that is not 0 to behind the last.
  static func slices(of values: [UInt8], _ size: VolumeSize) -> Range<Int>? {
    guard let first = values.firstIndex(where: { $0 != 0 }), let last = values.lastIndex(where: { $0 != 0 }) else {
      return nil
    }
    let plane = size.x * size.y
    return first / plane..<last / plane + 1
  }

  /// One bit a pixel, the lowest bit first, frames without a gap between them (PS3.5, 8.1.1 and annex D).
  static func packed(_ labels: ArraySlice<UInt8>) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (labels.count + 7) / 8)
    for (place, label) in labels.enumerated() where label != 0 { bytes[place >> 3] |= 1 << UInt8(place & 7) }
    return bytes
  }
}

extension DicomSegmentation {
  /// The whole object.
  static func compose(_ object: DerivedObject, slices: Range<Int>, pixels: [UInt8], type: SegmentationType)
    -> DicomObject
  {
    let instance = object.makeUID()
    var dataSet = object.common(
      sopClassUID: DicomUID.segmentationStorage, sopInstanceUID: instance, modality: "SEG",
      series: type == .binary ? 9001 : 9002, description: object.title(type == .binary ? "mask" : "probability"))
    setImage(object, slices: slices, type, in: &dataSet)
    setSegment(object, type, in: &dataSet)
    setDimensions(object, in: &dataSet)
    setFunctionalGroups(object, slices: slices, in: &dataSet)
    dataSet.set(.referencedSeriesSequence) {
      $0.set(.seriesInstanceUID, object.series.seriesInstanceUID)
      $0.set(.referencedInstanceSequence, items: object.sourceObjects)
    }
    return DicomObject(
      sopClassUID: DicomUID.segmentationStorage, sopInstanceUID: instance, dataSet: dataSet, pixelData: pixels)
  }

  /// General Image, Image Pixel, Segmentation Image and Multi-frame modules.
  private static func setImage(
    _ object: DerivedObject, slices: Range<Int>, _ type: SegmentationType, in dataSet: inout DicomDataSet
  ) {
    let bits = type == .binary ? 1 : 8
    dataSet.set(.imageType, "DERIVED\\PRIMARY")
    dataSet.set(.instanceNumber, 1)
    dataSet.set(.contentDate, object.origin.date)
    dataSet.set(.contentTime, object.origin.time)
    dataSet.set(.contentLabel, DicomText.code(object.organ.name))
    dataSet.set(.contentDescription, object.title(type == .binary ? "mask" : "probability"))
    dataSet.setEmpty(.contentCreatorName)
    dataSet.set(.lossyImageCompression, "00")
    dataSet.set(.samplesPerPixel, 1)
    dataSet.set(.photometricInterpretation, "MONOCHROME2")
    dataSet.set(.rows, object.geometry.size.y)
    dataSet.set(.columns, object.geometry.size.x)
    dataSet.set(.numberOfFrames, slices.count)
    dataSet.set(.bitsAllocated, bits)
    dataSet.set(.bitsStored, bits)
    dataSet.set(.highBit, bits - 1)
    dataSet.set(.pixelRepresentation, 0)
    switch type {
    case .binary: dataSet.set(.segmentationType, "BINARY")
    case .probability:
      dataSet.set(.segmentationType, "FRACTIONAL")
      dataSet.set(.segmentationFractionalType, "PROBABILITY")
      dataSet.set(.maximumFractionalValue, 255)
    }
  }

  private static func setSegment(_ object: DerivedObject, _ type: SegmentationType, in dataSet: inout DicomDataSet) {
    let (organ, origin) = (object.organ, object.origin)
    dataSet.set(.segmentSequence) {
      $0.set(.segmentNumber, 1)
      $0.set(.segmentLabel, organ.name)
      $0.set(.segmentDescription, object.title(type == .binary ? "mask" : "probability"))
      $0.set(.segmentAlgorithmType, "AUTOMATIC")
      $0.set(.segmentAlgorithmName, "\(origin.algorithm) \(origin.version)")
      $0.set(.segmentationAlgorithmIdentificationSequence) {
        $0.set(.algorithmFamilyCodeSequence, code: CodedConcept("123110", "DCM", "Artificial Intelligence"))
        $0.set(.algorithmName, origin.algorithm)
        $0.set(.algorithmVersion, origin.version)
      }
      $0.set(.segmentedPropertyCategoryCodeSequence, code: organ.category)
      $0.set(.segmentedPropertyTypeCodeSequence, code: organ.type)
      let lab = CIELab(organ.colour).stored
      $0.set(.recommendedDisplayCIELabValue, lab[0], lab[1], lab[2])
    }
  }

  /// Frames are ordered by segment, then by place.
  private static func setDimensions(_ object: DerivedObject, in dataSet: inout DicomDataSet) {
    let organization = object.makeUID()
    func dimension(_ pointer: DicomAttribute, in group: DicomAttribute, _ label: String) -> DicomDataSet {
      .with {
        $0.set(.dimensionOrganizationUID, organization)
        $0.set(.dimensionIndexPointer, pointingTo: pointer)
        $0.set(.functionalGroupPointer, pointingTo: group)
        $0.set(.dimensionDescriptionLabel, label)
      }
    }
    dataSet.set(.dimensionOrganizationSequence) { $0.set(.dimensionOrganizationUID, organization) }
    dataSet.set(
      .dimensionIndexSequence,
      items: [
        dimension(.referencedSegmentNumber, in: .segmentIdentificationSequence, "ReferencedSegmentNumber"),
        dimension(.imagePositionPatient, in: .planePositionSequence, "ImagePositionPatient"),
      ])
  }

  private static func setFunctionalGroups(
    _ object: DerivedObject, slices: Range<Int>, in dataSet: inout DicomDataSet
  ) {
    let geometry = object.geometry
    let (row, column) = (geometry.direction[0], geometry.direction[1])
    dataSet.set(.sharedFunctionalGroupsSequence) {
      $0.set(.planeOrientationSequence) {
        $0.set(.imageOrientationPatient, decimals: [row.x, row.y, row.z, column.x, column.y, column.z])
      }
      $0.set(.pixelMeasuresSequence) {
        // Between rows first (PS3.3, 10.7.1.3).
        $0.set(.pixelSpacing, decimals: [geometry.spacing.y, geometry.spacing.x])
        $0.set(.sliceThickness, decimals: [geometry.spacing.z])
        $0.set(.spacingBetweenSlices, decimals: [geometry.spacing.z])
      }
    }
    let frames = slices.map { z in
      DicomDataSet.with {
        $0.set(.frameContentSequence) { $0.set(.dimensionIndexValues, 1, z - slices.lowerBound + 1) }
        $0.set(.planePositionSequence) {
          let position = geometry.position(ofIndex: SIMD3(0, 0, Double(z)))
          $0.set(.imagePositionPatient, decimals: [position.x, position.y, position.z])
        }
        $0.set(.segmentIdentificationSequence) { $0.set(.referencedSegmentNumber, 1) }
        $0.set(.derivationImageSequence) {
          $0.set(.derivationCodeSequence, code: CodedConcept("113076", "DCM", "Segmentation"))
          var source = object.reference(toSlice: z)
          source.set(.spatialLocationsPreserved, "YES")
          source.set(
            .purposeOfReferenceCodeSequence,
            code: CodedConcept("121322", "DCM", "Source image for image processing operation"))
          $0.set(.sourceImageSequence, items: [source])
        }
      }
    }
    dataSet.set(.perFrameFunctionalGroupsSequence, items: frames)
  }
}
