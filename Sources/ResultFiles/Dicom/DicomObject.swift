import ImageFiles

/// A DICOM file to be written: what it is, its attributes, and the pixels last.
struct DicomObject {
  let sopClassUID: String
  let sopInstanceUID: String
  var dataSet: DicomDataSet
  /// Value of Pixel Data (7FE0,0010), the last element of a file; nil for objects without pixels.
  var pixelData: [UInt8]?

  /// Writes preamble, file meta information and data set (PS3.10, 7.1). The file appears whole or not at all.
  func write(_ encoding: DicomDataSet.Encoding, to path: String) throws(ImageError) {
    let meta = DicomDataSet.with {
      $0.set(.fileMetaInformationVersion, bytes: [0, 1])
      $0.set(.mediaStorageSOPClassUID, sopClassUID)
      $0.set(.mediaStorageSOPInstanceUID, sopInstanceUID)
      $0.set(.transferSyntaxUID, encoding.uid)
      $0.set(.implementationClassUID, DicomUID.implementationClass)
      $0.set(.implementationVersionName, DicomUID.implementationVersion)
    }.encoded(.explicitHeaders)
    let groupLength = DicomDataSet.with { $0.set(.fileMetaInformationGroupLength, meta.count) }

    let file = try OutputFile(path)
    try file.write([UInt8](repeating: 0, count: 128) + Array("DICM".utf8))
    try file.write(groupLength.encoded(.explicitHeaders) + meta + dataSet.encoded(encoding))
    if let pixelData {
      let padding = [UInt8](repeating: 0, count: pixelData.count % 2)
      guard let count = UInt32(exactly: pixelData.count + padding.count), count < .max else {
        throw ImageError(
          .tooLarge,
          "\(path): \(pixelData.count) bytes of pixels, a DICOM file holds less than 4 GiB; write NIfTI instead")
      }
      try file.write(DicomDataSet.header(.pixelData, count: Int(count), encoding))
      try file.write(pixelData)
      try file.write(padding)
    }
    try file.finish()
  }
}
