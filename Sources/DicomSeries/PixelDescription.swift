/// The Image Pixel attributes (PS3.3, C.7.6.3) of a CT image, checked against each other.
struct PixelDescription: Equatable {
  let columns: Int
  let rows: Int
  let frames: Int
  let bitsAllocated: Int
  let bitsStored: Int
  let highBit: Int
  let isSigned: Bool

  /// Bytes of pixels in one file, at most.
  static let largestByteCount = 1 << 31

  /// Bytes of one frame.
  var frameByteCount: Int { rows * columns * (bitsAllocated / 8) }
  /// Bytes of all frames.
  var byteCount: Int { frameByteCount * frames }

  /// Throws `unreadableFile` or `invalidAttribute` for what is absent or contradicts itself, `unsupported` for colour.
  init(_ values: DicomValues, path: String) throws(DicomError) {
    func word(_ tag: Int, _ name: String) throws(DicomError) -> Int {
      guard let value = values[tag], value.count == 2 else {
        throw DicomError(
          .unreadableFile, "\(path): \(name) \(DicomTag.name(tag)) is absent, expected a number; export the file again")
      }
      return Int(value[0]) | Int(value[1]) << 8
    }
    let samples = try word(DicomTag.samplesPerPixel, "Samples per Pixel")
    guard samples == 1 else {
      throw DicomError(
        .unreadableFile,
        "\(path): has colour pixels (Samples per Pixel (0028,0002) is \(samples), expected 1); give the original CT images"
      )
    }
    let photometric = values.text(DicomTag.photometricInterpretation)
    guard ["MONOCHROME1", "MONOCHROME2"].contains(photometric) else {
      throw DicomError(
        .unsupported,
        "\(path): Photometric Interpretation (0028,0004) is \"\(photometric)\", expected MONOCHROME2; give the original CT images"
      )
    }
    rows = try word(DicomTag.rows, "Rows")
    columns = try word(DicomTag.columns, "Columns")
    bitsAllocated = try word(DicomTag.bitsAllocated, "Bits Allocated")
    bitsStored = try word(DicomTag.bitsStored, "Bits Stored")
    highBit = try word(DicomTag.highBit, "High Bit")
    let representation = try word(DicomTag.pixelRepresentation, "Pixel Representation")
    guard representation <= 1 else {
      throw DicomError(
        .invalidAttribute,
        "\(path): Pixel Representation (0028,0103) is \(representation), expected 0 or 1; export the series again")
    }
    isSigned = representation == 1
    guard [8, 16, 32].contains(bitsAllocated) else {
      throw DicomError(
        .unreadableFile, "\(path): Bits Allocated (0028,0100) is \(bitsAllocated), expected 8, 16 or 32")
    }
    guard (1...bitsAllocated).contains(bitsStored), highBit < bitsAllocated, highBit + 1 >= bitsStored else {
      throw DicomError(
        .invalidAttribute,
        "\(path): BitsStored (0028,0101) \(bitsStored) and HighBit (0028,0102) \(highBit) do not fit BitsAllocated "
          + "(0028,0100) \(bitsAllocated); export the series again")
    }
    let frameText = values.text(DicomTag.numberOfFrames)
    guard let frames = frameText.isEmpty ? 1 : Int(frameText), (1...DataSetWalk.mostFrames).contains(frames),
      rows > 0, columns > 0, frames <= Self.largestByteCount / (rows * columns * bitsAllocated / 8)
    else {
      throw DicomError(
        .unreadableFile,
        "\(path): has \(columns) columns x \(rows) rows x \(frameText.isEmpty ? "1" : frameText) frames: none, or too many"
      )
    }
    self.frames = frames
  }

  /// Native pixels must be as many as the attributes say; returns self for chaining.
  func checkNative(length: Int, path: String) throws(DicomError) -> PixelDescription {
    // One byte more makes an odd length even.
    guard length == byteCount || length == byteCount + 1 && byteCount % 2 == 1 else {
      throw DicomError(
        .unreadableFile,
        "\(path): Pixel Data (7FE0,0010) has \(length) bytes, expected \(byteCount); copy the file again")
    }
    return self
  }
}
