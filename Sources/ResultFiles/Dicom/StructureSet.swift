import DicomSeries
import Foundation
public import ImageFiles
public import Volumes

/// RT Structure Set (PS3.3, A.19): the mask as closed planar contours on the CT's slices.
///
/// Written with implicit headers: a contour's coordinates may pass the 64 KiB that a value has in explicit ones.
public enum StructureSet {
  /// Writes the contours. Returns false, and writes nothing, when the mask is empty.
  public static func write(mask: LabelMap, of object: DerivedObject, to path: String) throws(ImageError) -> Bool {
    guard mask.size == object.geometry.size, mask.labels.count == mask.size.voxelCount else {
      throw ImageError(
        .invalidGeometry, "\(path): the mask has another size than the CT series; nothing was written")
    }
    guard !mask.isEmpty else { return false }
    try compose(mask, object).write(.implicitHeaders, to: path)
    return true
  }

  static func compose(_ mask: LabelMap, _ object: DerivedObject) -> DicomObject {
    let instance = object.makeUID()
    var dataSet = object.common(
      sopClassUID: DicomUID.structureSetStorage, sopInstanceUID: instance, modality: "RTSTRUCT", series: 9003,
      description: object.title("contours"))
    dataSet.set(.structureSetLabel, "islet")
    dataSet.set(.structureSetName, object.title("contours"))
    dataSet.set(.structureSetDate, object.origin.date)
    dataSet.set(.structureSetTime, object.origin.time)
    dataSet.set(.instanceNumber, 1)
    dataSet.setEmpty(.operatorsName)
    dataSet.set(.approvalStatus, "UNAPPROVED")
    setReferences(object, in: &dataSet)
    setRegion(object, contours: contours(of: mask, object), in: &dataSet)
    return DicomObject(sopClassUID: DicomUID.structureSetStorage, sopInstanceUID: instance, dataSet: dataSet)
  }

  private static func setReferences(_ object: DerivedObject, in dataSet: inout DicomDataSet) {
    let series = object.series
    dataSet.set(.referencedFrameOfReferenceSequence) {
      $0.set(.frameOfReferenceUID, series.frameOfReferenceUID)
      $0.set(.rtReferencedStudySequence) {
        $0.set(.referencedSOPClassUID, DicomUID.study)
        $0.set(.referencedSOPInstanceUID, series.studyInstanceUID)
        $0.set(.rtReferencedSeriesSequence) {
          $0.set(.seriesInstanceUID, series.seriesInstanceUID)
          $0.set(.contourImageSequence, items: object.sourceObjects)
        }
      }
    }
  }

  /// One region of interest, number 1.
  private static func setRegion(_ object: DerivedObject, contours: [DicomDataSet], in dataSet: inout DicomDataSet) {
    let (organ, origin) = (object.organ, object.origin)
    dataSet.set(.structureSetROISequence) {
      $0.set(.roiNumber, 1)
      $0.set(.referencedFrameOfReferenceUID, object.series.frameOfReferenceUID)
      $0.set(.roiName, organ.name)
      $0.set(.roiGenerationAlgorithm, "AUTOMATIC")
      $0.set(.roiGenerationDescription, "\(origin.algorithm) \(origin.version), research use, not for diagnosis")
    }
    dataSet.set(.roiContourSequence) {
      $0.set(.referencedROINumber, 1)
      $0.set(.roiDisplayColor, Int(organ.colour.x), Int(organ.colour.y), Int(organ.colour.z))
      $0.set(.contourSequence, items: contours)
    }
    dataSet.set(.rtROIObservationsSequence) {
      $0.set(.observationNumber, 1)
      $0.set(.referencedROINumber, 1)
      $0.set(.rtROIIdentificationCodeSequence, code: organ.type)
      $0.set(.rtROIInterpretedType, "ORGAN")
      $0.setEmpty(.roiInterpreter)
    }
  }

  private static func contours(of mask: LabelMap, _ object: DerivedObject) -> [DicomDataSet] {
    (0..<mask.size.z).flatMap { z in
      SliceContours(of: mask, slice: z).polygons.map { polygon in
        let numbers = polygon.flatMap { point -> [String] in
          let position = object.geometry.position(ofIndex: SIMD3(point.x, point.y, Double(z)))
          return (0..<3).map { String(format: "%.4f", position[$0]) }
        }
        return .with {
          $0.set(.contourImageSequence, items: [object.reference(toSlice: z)])
          $0.set(.contourGeometricType, "CLOSED_PLANAR")
          $0.set(.numberOfContourPoints, polygon.count)
          $0.set(.contourData, bytes: Array(numbers.joined(separator: "\\").utf8))
        }
      }
    }
  }
}
