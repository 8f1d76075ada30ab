/// One CT image as the helper process describes it, checked for what cannot be.
struct FrameRecord {
  /// Bytes of the record on the pipe; Sources/DicomReader/Protocol.h has the same layout.
  static let byteCount = 568

  /// The file it came from.
  let file: String
  let columns: Int
  let rows: Int
  let bitsAllocated: Int
  let bitsStored: Int
  let highBit: Int
  let isSigned: Bool
  /// Where its stored values lie in the shared memory, bytes.
  let voxelOffset: Int
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
  let transferSyntax: String
  let seriesDescription: String

  /// Bytes of its stored values.
  var voxelByteCount: Int { rows * columns * (bitsAllocated / 8) }

  /// Decodes `byteCount` bytes. Throws `invalidAttribute` or `unsupported` for the file,
  /// `readerMalformed` for numbers that no honest helper sends.
  init(_ bytes: [UInt8], file: String) throws(DicomError) {
    let fields = LittleEndianFields(bytes)
    self.file = file
    columns = fields.uint32(8)
    rows = fields.uint32(12)
    bitsAllocated = fields.uint32(16)
    bitsStored = fields.uint32(20)
    highBit = fields.uint32(24)
    isSigned = fields.uint32(28) != 0
    let present = fields.uint32(32)
    guard (1...65535).contains(columns), (1...65535).contains(rows), [8, 16, 32].contains(bitsAllocated),
      let offset = Int(exactly: fields.uint64(40)), offset <= 1 << 40,
      fields.uint64(48) == UInt64(rows * columns * (bitsAllocated / 8))
    else {
      throw DicomError(
        .readerMalformed,
        "\(file): the helper islet-dicom described an impossible image (\(columns) x \(rows), \(bitsAllocated) bits); reinstall it"
      )
    }
    guard (1...bitsAllocated).contains(bitsStored), highBit < bitsAllocated, highBit + 1 >= bitsStored else {
      throw DicomError(
        .invalidAttribute,
        "\(file): BitsStored (0028,0101) \(bitsStored) and HighBit (0028,0102) \(highBit) do not fit BitsAllocated "
          + "(0028,0100) \(bitsAllocated); export the series again")
    }
    voxelOffset = offset
    position = SIMD3(fields.double(56), fields.double(64), fields.double(72))
    rowDirection = SIMD3(fields.double(80), fields.double(88), fields.double(96))
    columnDirection = SIMD3(fields.double(104), fields.double(112), fields.double(120))
    (rowSpacing, columnSpacing) = (fields.double(128), fields.double(136))
    hasRescale = present & 8 != 0
    (slope, intercept) = hasRescale ? (fields.double(144), fields.double(152)) : (1, 0)
    let stored = fields.double(160)
    thickness = present & 16 != 0 && stored.isFinite && stored > 0 ? stored : nil
    seriesUID = fields.text(168, 72)
    transferSyntax = fields.text(240, 72)
    seriesDescription = fields.text(312, 256)
    try checkAttributes(present: present)
  }

  private func checkAttributes(present: Int) throws(DicomError) {
    guard present & 1 != 0, (0..<3).allSatisfy({ abs(position[$0]) <= 1e6 }) else {
      throw invalid("ImagePositionPatient (0020,0032)", "three numbers", present & 1 != 0 ? "\(position)" : "none")
    }
    let product = (rowDirection * columnDirection).sum()
    let lengths = [(rowDirection * rowDirection).sum(), (columnDirection * columnDirection).sum()]
    guard present & 2 != 0, abs(product) <= 1e-3, lengths.allSatisfy({ abs($0 - 1) <= 1e-3 }) else {
      throw invalid(
        "ImageOrientationPatient (0020,0037)", "two unit vectors at right angles",
        present & 2 != 0 ? "\(rowDirection) and \(columnDirection)" : "none")
    }
    guard present & 4 != 0, [rowSpacing, columnSpacing].allSatisfy({ (1e-3...1e3).contains($0) }) else {
      throw invalid(
        "PixelSpacing (0028,0030)", "two numbers from 0.001 to 1000 mm",
        present & 4 != 0 ? "\(rowSpacing) and \(columnSpacing)" : "none")
    }
    guard slope.isFinite, slope != 0, intercept.isFinite else {
      throw invalid(
        "RescaleSlope (0028,1053) and RescaleIntercept (0028,1052)", "finite numbers, a slope that is not 0",
        "\(slope) and \(intercept)")
    }
  }

  private func invalid(_ attribute: String, _ expected: String, _ found: String) -> DicomError {
    DicomError(
      .invalidAttribute, "\(file): \(attribute) should be \(expected), found \(found); export the series again")
  }
}

/// Numbers and texts at fixed places of a message whose length was checked.
struct LittleEndianFields {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func uint32(_ offset: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }

  func uint64(_ offset: Int) -> UInt64 {
    (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
  }

  func double(_ offset: Int) -> Double { Double(bitPattern: uint64(offset)) }

  /// UTF-8 up to the first zero, without control characters, which could steer a terminal.
  func text(_ offset: Int, _ count: Int) -> String {
    let text = String(decoding: bytes[offset..<(offset + count)].prefix { $0 != 0 }, as: UTF8.self)
    return String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
  }
}
