/// One CT image with its place in the patient, checked for what cannot be.
struct FrameRecord {
  /// The file's header.
  let header: DicomHeader
  /// Which frame of the file it is, from 0.
  let index: Int
  /// ImagePositionPatient (0020,0032), LPS mm.
  let position: SIMD3<Double>
  /// The two halves of ImageOrientationPatient (0020,0037): along a row, down a column.
  let rowDirection: SIMD3<Double>
  let columnDirection: SIMD3<Double>
  /// PixelSpacing (0028,0030) as stored: between rows, between columns, mm.
  let rowSpacing: Double
  let columnSpacing: Double
  /// RescaleSlope (0028,1053) and RescaleIntercept (0028,1052); 1 and 0 when absent.
  let slope: Double
  let intercept: Double
  let hasRescale: Bool
  /// SliceThickness (0018,0050), mm.
  let thickness: Double?
  let seriesUID: String
  let seriesDescription: String

  /// The file it came from.
  var file: String { header.path }
  var columns: Int { header.pixels.columns }
  var rows: Int { header.pixels.rows }

  /// The frames of a file, in its order. Throws `invalidAttribute`.
  static func frames(of header: DicomHeader) throws(DicomError) -> [FrameRecord] {
    var frames: [FrameRecord] = []
    frames.reserveCapacity(header.pixels.frames)
    for index in 0..<header.pixels.frames { frames.append(try FrameRecord(header, index)) }
    return frames
  }

  private init(_ header: DicomHeader, _ index: Int) throws(DicomError) {
    (self.header, self.index) = (header, index)
    let own = header.ofFrame.indices.contains(index) ? header.ofFrame[index] : DicomValues()
    // The frame's own functional groups, the shared ones, then the data set (PS3.3, C.7.6.16).
    func numbers(_ tag: Int, _ count: Int) -> [Double]? {
      for values in [own, header.shared, header.values] where values[tag]?.isEmpty == false {
        return values.numbers(tag, count)
      }
      return nil
    }
    func text(_ tag: Int) -> String {
      [own, header.shared, header.values].map { $0.text(tag) }.first { !$0.isEmpty } ?? "none"
    }
    func invalid(_ attribute: String, _ tag: Int, _ expected: String) -> DicomError {
      DicomError(
        .invalidAttribute,
        "\(header.path): \(attribute) \(DicomTag.name(tag)) should be \(expected), found \(text(tag)); export the series again"
      )
    }
    guard let place = numbers(DicomTag.imagePosition, 3), place.allSatisfy({ abs($0) <= 1e6 }) else {
      throw invalid("ImagePositionPatient", DicomTag.imagePosition, "three numbers")
    }
    position = SIMD3(place[0], place[1], place[2])
    guard let directions = numbers(DicomTag.imageOrientation, 6) else {
      throw invalid("ImageOrientationPatient", DicomTag.imageOrientation, "two unit vectors at right angles")
    }
    rowDirection = SIMD3(directions[0], directions[1], directions[2])
    columnDirection = SIMD3(directions[3], directions[4], directions[5])
    let lengths = [(rowDirection * rowDirection).sum(), (columnDirection * columnDirection).sum()]
    guard abs((rowDirection * columnDirection).sum()) <= 1e-3, lengths.allSatisfy({ abs($0 - 1) <= 1e-3 }) else {
      throw invalid("ImageOrientationPatient", DicomTag.imageOrientation, "two unit vectors at right angles")
    }
    guard let spacing = numbers(DicomTag.pixelSpacing, 2), spacing.allSatisfy({ (1e-3...1e3).contains($0) }) else {
      throw invalid("PixelSpacing", DicomTag.pixelSpacing, "two numbers from 0.001 to 1000 mm")
    }
    (rowSpacing, columnSpacing) = (spacing[0], spacing[1])
    // One without the other, or a text that is no number, says that the stored values are no HU.
    hasRescale = [DicomTag.rescaleSlope, DicomTag.rescaleIntercept].contains { text($0) != "none" }
    if hasRescale {
      guard let slope = numbers(DicomTag.rescaleSlope, 1)?[0], slope != 0 else {
        throw invalid("RescaleSlope", DicomTag.rescaleSlope, "a number that is not 0")
      }
      guard let intercept = numbers(DicomTag.rescaleIntercept, 1)?[0] else {
        throw invalid("RescaleIntercept", DicomTag.rescaleIntercept, "a number beside RescaleSlope")
      }
      (self.slope, self.intercept) = (slope, intercept)
    } else {
      (slope, intercept) = (1, 0)
    }
    thickness = numbers(DicomTag.sliceThickness, 1).flatMap { $0[0] > 0 ? $0[0] : nil }
    seriesUID = header.values.text(DicomTag.seriesInstanceUID)
    seriesDescription = header.values.text(DicomTag.seriesDescription)
  }
}
