public import DicomSeries
public import ImageFiles
public import Volumes

/// Whether objects carry who the patient is.
public enum PatientIdentity: Sendable {
  /// As in the source files.
  case copied
  /// Left out: patient, referring physician, study date and numbers are empty. UIDs stay, for without them nothing
  /// would say which images an object belongs to.
  case leftOut
}

/// Who made a result, and when.
public struct ResultOrigin: Sendable {
  /// Name of the algorithm: the bundle.
  public let algorithm: String
  /// Its version.
  public let version: String
  /// What tells these weights from others: the bundle's SHA-256.
  public let fingerprint: String
  /// Version of the software around it.
  public let software: String
  /// Date as YYYYMMDD.
  public let date: String
  /// Time as HHMMSS.
  public let time: String

  /// Fields in order.
  public init(algorithm: String, version: String, fingerprint: String, software: String, date: String, time: String) {
    (self.algorithm, self.version, self.fingerprint) = (algorithm, version, fingerprint)
    (self.software, self.date, self.time) = (software, date, time)
  }
}

/// What every DICOM object derived from a CT series says: whose it is, which images it belongs to, who made it.
///
/// Patient and study are the bytes of the source. Nothing is invented: a series without the UIDs that an object must
/// name is refused.
public struct DerivedObject: Sendable {
  let series: SourceSeries
  let geometry: VolumeGeometry
  let organ: SegmentedOrgan
  let origin: ResultOrigin
  let identity: PatientIdentity
  let makeUID: @Sendable () -> String

  /// Checks what the objects refer to.
  ///
  /// `geometry` is that of the volume read from the series, a slice for each of its images.
  /// Throws `incompleteSeries` when a UID is missing or malformed, `invalidGeometry` when the slices are not its images.
  public init(
    series: SourceSeries, geometry: VolumeGeometry, organ: SegmentedOrgan, origin: ResultOrigin,
    identity: PatientIdentity = .copied, makeUID: @escaping @Sendable () -> String = { DicomUID.random() }
  ) throws(ImageError) {
    try Self.check(series, geometry: geometry)
    (self.series, self.geometry, self.organ, self.origin) = (series, geometry, organ, origin)
    (self.identity, self.makeUID) = (identity, makeUID)
  }

  /// The checks of the initialiser alone.
  public static func check(_ series: SourceSeries, geometry: VolumeGeometry) throws(ImageError) {
    guard series.images.count == geometry.size.z else {
      throw ImageError(
        .invalidGeometry,
        "the series has \(series.images.count) images, the volume \(geometry.size.z) slices: it was not read from them")
    }
    guard geometry.size.x <= 65535, geometry.size.y <= 65535 else {
      throw ImageError(.tooLarge, "slices of \(geometry.size.x) x \(geometry.size.y) pixels do not fit a DICOM image")
    }
    for (name, uid) in [
      ("StudyInstanceUID (0020,000D)", series.studyInstanceUID),
      ("SeriesInstanceUID (0020,000E)", series.seriesInstanceUID),
      ("FrameOfReferenceUID (0020,0052)", series.frameOfReferenceUID),
    ] where !DicomText.isUID(uid) { throw incomplete(name) }
    for image in series.images {
      guard DicomText.isUID(image.sopClassUID) else { throw incomplete("SOPClassUID (0008,0016)") }
      guard DicomText.isUID(image.sopInstanceUID) else { throw incomplete("SOPInstanceUID (0008,0018)") }
    }
  }

  private static func incomplete(_ name: String) -> ImageError {
    ImageError(
      .incompleteSeries,
      "the CT series has no valid \(name), which a derived DICOM object must name; export the series again with its UIDs, "
        + "or write nifti, nrrd or seg-nrrd")
  }

  /// Patient, General Study, General Series, Frame of Reference, General Equipment and SOP Common (PS3.3, C.7 and C.12).
  func common(sopClassUID: String, sopInstanceUID: String, modality: String, series number: Int, description: String)
    -> DicomDataSet
  {
    .with {
      copyIdentity(into: &$0)
      $0.set(.sopClassUID, sopClassUID)
      $0.set(.sopInstanceUID, sopInstanceUID)
      $0.set(.modality, modality)
      $0.set(.seriesInstanceUID, makeUID())
      $0.set(.seriesNumber, number)
      $0.set(.seriesDescription, description)
      $0.set(.frameOfReferenceUID, series.frameOfReferenceUID)
      $0.set(.manufacturer, "Islet")
      $0.set(.manufacturerModelName, "islet, research use, not for diagnosis")
      $0.set(.deviceSerialNumber, origin.fingerprint)
      $0.set(.softwareVersions, origin.software)
    }
  }

  /// Attributes that the standard asks for, empty where the source has none; then those that are copied if there.
  private static let required: [DicomAttribute] = [
    .patientName, .patientID, .patientBirthDate, .patientSex, .studyDate, .studyTime, .accessionNumber, .studyID,
    .referringPhysicianName,
  ]
  private static let optional: [DicomAttribute] = [.issuerOfPatientID]

  private func copyIdentity(into dataSet: inout DicomDataSet) {
    func copy(_ attribute: DicomAttribute) {
      if let source = series[attribute.tag] { dataSet.set(attribute, bytes: source.value) }
    }
    for attribute in [
      DicomAttribute.specificCharacterSet, .studyInstanceUID, .patientIdentityRemoved, .deidentificationMethod,
    ] { copy(attribute) }
    dataSet.setEmpty(.positionReferenceIndicator)
    copy(.positionReferenceIndicator)
    for attribute in Self.required { dataSet.setEmpty(attribute) }
    guard identity == .copied else { return }
    for attribute in Self.required + Self.optional { copy(attribute) }
  }

  /// Each source object once, in slice order.
  var sourceObjects: [DicomDataSet] {
    var seen: Set<String> = []
    return series.images.filter { seen.insert($0.sopInstanceUID).inserted }.map { image in
      .with {
        $0.set(.referencedSOPClassUID, image.sopClassUID)
        $0.set(.referencedSOPInstanceUID, image.sopInstanceUID)
      }
    }
  }

  /// Names the image of one slice.
  func reference(toSlice z: Int) -> DicomDataSet {
    let image = series.images[z]
    return .with {
      $0.set(.referencedSOPClassUID, image.sopClassUID)
      $0.set(.referencedSOPInstanceUID, image.sopInstanceUID)
      if let frame = image.frameNumber { $0.set(.referencedFrameNumber, frame) }
    }
  }

  /// "pancreas mask: research use, not for diagnosis".
  func title(_ what: String) -> String { "\(organ.name) \(what): research use, not for diagnosis" }
}
