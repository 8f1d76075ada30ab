/// The header of a NIfTI-1 (348 bytes) or NIfTI-2 file (540 bytes), as stored; the methods that use fields check them.
///
/// Source: nifti1.h (2003) and nifti2.h (2011) of the NIfTI Data Format Working Group, field names as there.
struct NIfTIHeader: Equatable {
  static let byteCount = 348
  /// Bytes of the larger header, NIfTI-2's.
  static let largestByteCount = 540
  /// Bytes of extensions that are skipped at most.
  static let largestVoxelOffset = 1 << 28

  /// 1 or 2. What is written is always 1.
  var version = 1
  var isBigEndian = false
  var dim = [Int](repeating: 1, count: 8)
  var datatype: Int16 = 0
  var bitpix: Int16 = 0
  var pixdim = [Double](repeating: 0, count: 8)
  var voxOffset = 352.0
  var sclSlope = 1.0
  var sclInter = 0.0
  var xyztUnits = 2
  var descrip = ""
  var qformCode = 0
  var sformCode = 0
  /// quatern_b, quatern_c, quatern_d.
  var quatern = [Double](repeating: 0, count: 3)
  /// qoffset_x, qoffset_y, qoffset_z.
  var qoffset = [Double](repeating: 0, count: 3)
  /// srow_x, srow_y, srow_z: a row each, [3, 4].
  var srow = [[Double]](repeating: [0, 0, 0, 0], count: 3)

  /// Bytes of the header and of the four that announce extensions: voxels of a one-file NIfTI start no earlier.
  var smallestVoxelOffset: Int { version == 1 ? 352 : 544 }

  init() {}

  /// Reads the fields in the byte order that makes `sizeof_hdr` 348 or 540. Throws `notAnImage`, `unsupported` or
  /// `truncated`.
  init(_ bytes: [UInt8], path: String) throws(ImageError) {
    let size = bytes.count < 4 ? 0 : bytes[..<4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    let header: (version: Int, byteCount: Int)
    switch (size, size.byteSwapped) {
    case (348, _), (_, 348): header = (1, 348)
    case (540, _), (_, 540): header = (2, 540)
    default:
      throw ImageError(
        .notAnImage,
        "\(path): is neither NIfTI nor NRRD nor DICOM; give a .nii, .nii.gz, .nrrd or DICOM file, or a DICOM folder")
    }
    guard bytes.count >= header.byteCount else {
      throw ImageError(
        .truncated,
        "\(path): the NIfTI header has \(bytes.count) bytes, expected \(header.byteCount); copy the file again")
    }
    let fields = HeaderFields(bytes: bytes, isBigEndian: size != 348 && size != 540)
    version = header.version
    isBigEndian = fields.isBigEndian
    try checkMagic(bytes, path: path)
    if version == 1 { readFirst(fields) } else { readSecond(fields) }
  }

  private func checkMagic(_ bytes: [UInt8], path: String) throws(ImageError) {
    let magic = version == 1 ? Array(bytes[344..<348]) : Array(bytes[4..<12])
    // The line ends show a file that was changed on its way as if it were text.
    let expected: [UInt8] = version == 1 ? Array("n+1\0".utf8) : Array("n+2\0\r\n".utf8) + [0x1A, 0x0A]
    guard magic != expected else { return }
    if magic.prefix(4) == Array("ni\(version)\0".utf8)[...] {
      throw ImageError(.unsupported, "\(path): is the header of a .hdr/.img pair; convert it to one .nii file")
    }
    throw ImageError(
      .notAnImage,
      "\(path): magic is \(magic), expected \(expected) (\"n+\(version)\"): Analyze files have no orientation to trust")
  }

  private mutating func readFirst(_ fields: HeaderFields) {
    dim = (0..<8).map { Int(fields.int16(40 + 2 * $0)) }
    (datatype, bitpix) = (fields.int16(70), fields.int16(72))
    pixdim = (0..<8).map { fields.float(76 + 4 * $0) }
    (voxOffset, sclSlope, sclInter) = (fields.float(108), fields.float(112), fields.float(116))
    xyztUnits = Int(fields.bytes[123])
    descrip = fields.text(148, 80)
    (qformCode, sformCode) = (Int(fields.int16(252)), Int(fields.int16(254)))
    quatern = (0..<3).map { fields.float(256 + 4 * $0) }
    qoffset = (0..<3).map { fields.float(268 + 4 * $0) }
    srow = (0..<3).map { row in (0..<4).map { fields.float(280 + 16 * row + 4 * $0) } }
  }

  private mutating func readSecond(_ fields: HeaderFields) {
    (datatype, bitpix) = (fields.int16(12), fields.int16(14))
    dim = (0..<8).map { fields.int64(16 + 8 * $0) }
    pixdim = (0..<8).map { fields.double(104 + 8 * $0) }
    (voxOffset, sclSlope, sclInter) = (Double(fields.int64(168)), fields.double(176), fields.double(184))
    descrip = fields.text(240, 80)
    (qformCode, sformCode) = (fields.int32(344), fields.int32(348))
    quatern = (0..<3).map { fields.double(352 + 8 * $0) }
    qoffset = (0..<3).map { fields.double(376 + 8 * $0) }
    srow = (0..<3).map { row in (0..<4).map { fields.double(400 + 32 * row + 8 * $0) } }
    xyztUnits = fields.int32(500)
  }

  /// The NIfTI-1 header and the four zero bytes for "no extensions": 352 bytes, little endian.
  var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 352)
    func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
      for byte in 0..<(T.bitWidth / 8) { bytes[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
    }
    put(Int32(348), at: 0)
    for index in 0..<8 {
      put(Int16(clamping: dim[index]), at: 40 + 2 * index)
      put(Float(pixdim[index]).bitPattern, at: 76 + 4 * index)
    }
    put(datatype, at: 70)
    put(bitpix, at: 72)
    put(Float(voxOffset).bitPattern, at: 108)
    put(Float(sclSlope).bitPattern, at: 112)
    put(Float(sclInter).bitPattern, at: 116)
    put(UInt8(clamping: xyztUnits), at: 123)
    for (index, character) in descrip.utf8.prefix(79).enumerated() { bytes[148 + index] = character }
    put(Int16(clamping: qformCode), at: 252)
    put(Int16(clamping: sformCode), at: 254)
    for row in 0..<3 {
      put(Float(quatern[row]).bitPattern, at: 256 + 4 * row)
      put(Float(qoffset[row]).bitPattern, at: 268 + 4 * row)
      for column in 0..<4 { put(Float(srow[row][column]).bitPattern, at: 280 + 16 * row + 4 * column) }
    }
    for (index, character) in "n+1".utf8.enumerated() { bytes[344 + index] = character }
    return bytes
  }
}

/// Numbers at fixed places of a header whose length was checked.
private struct HeaderFields {
  let bytes: [UInt8]
  let isBigEndian: Bool

  func int16(_ offset: Int) -> Int16 { Int16(truncatingIfNeeded: number(offset, 2)) }
  func int32(_ offset: Int) -> Int { Int(Int32(truncatingIfNeeded: number(offset, 4))) }
  func int64(_ offset: Int) -> Int { Int(truncatingIfNeeded: number(offset, 8)) }
  func float(_ offset: Int) -> Double { Double(Float(bitPattern: UInt32(truncatingIfNeeded: number(offset, 4)))) }
  func double(_ offset: Int) -> Double { Double(bitPattern: number(offset, 8)) }

  /// Up to the first zero.
  func text(_ offset: Int, _ count: Int) -> String {
    String(decoding: bytes[offset..<(offset + count)].prefix { $0 != 0 }, as: UTF8.self)
  }

  private func number(_ offset: Int, _ count: Int) -> UInt64 {
    (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * (isBigEndian ? count - 1 - $1 : $1)) }
  }
}
