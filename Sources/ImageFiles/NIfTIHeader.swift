/// The number formats of NIfTI-1 voxels that are read; raw values are the header's `datatype`.
enum NIfTIDataType: Int16, CaseIterable {
  case uint8 = 2
  case int16 = 4
  case int32 = 8
  case float32 = 16
  case float64 = 64
  case int8 = 256
  case uint16 = 512
  case uint32 = 768

  /// Bytes of one voxel.
  var byteCount: Int {
    switch self {
    case .uint8, .int8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float32: 4
    case .float64: 8
    }
  }
}

/// The 348 bytes at the start of a NIfTI-1 file, as stored; the methods that use fields check them.
///
/// Source: nifti1.h of the NIfTI Data Format Working Group (2003), field names as there.
struct NIfTIHeader: Equatable {
  static let byteCount = 348
  /// Header and the four bytes that announce extensions: voxels of a one-file NIfTI start no earlier.
  static let smallestVoxelOffset = 352
  /// Bytes of extensions that are skipped at most.
  static let largestVoxelOffset = 1 << 28

  var isBigEndian = false
  var dim = [Int16](repeating: 1, count: 8)
  var datatype: Int16 = 0
  var bitpix: Int16 = 0
  var pixdim = [Float](repeating: 0, count: 8)
  var voxOffset = Float(Self.smallestVoxelOffset)
  var sclSlope: Float = 1
  var sclInter: Float = 0
  var xyztUnits: UInt8 = 2
  var descrip = ""
  var qformCode: Int16 = 0
  var sformCode: Int16 = 0
  /// quatern_b, quatern_c, quatern_d.
  var quatern = [Float](repeating: 0, count: 3)
  /// qoffset_x, qoffset_y, qoffset_z.
  var qoffset = [Float](repeating: 0, count: 3)
  /// srow_x, srow_y, srow_z: a row each, [3, 4].
  var srow = [[Float]](repeating: [0, 0, 0, 0], count: 3)

  init() {}

  /// Reads the fields in the byte order that makes `sizeof_hdr` 348. Throws `notAnImage` or `unsupported`.
  init(_ bytes: [UInt8], path: String) throws(ImageError) {
    let size = bytes.count < 4 ? 0 : bytes[..<4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    if size == 540 || size.byteSwapped == 540 {
      throw ImageError(
        .unsupported, "\(path): is NIfTI-2 (sizeof_hdr 540), only NIfTI-1 is read; convert it to NIfTI-1")
    }
    guard size == 348 || size.byteSwapped == 348 else {
      throw ImageError(
        .notAnImage, "\(path): is neither NIfTI nor DICOM; give a .nii, .nii.gz, or DICOM file or folder")
    }
    guard bytes.count >= Self.byteCount else {
      throw ImageError(
        .truncated, "\(path): the NIfTI header has \(bytes.count) bytes, expected 348; copy the file again")
    }
    let magic = Array(bytes[344..<348])
    if magic == Array("ni1\0".utf8) {
      throw ImageError(.unsupported, "\(path): is the header of a .hdr/.img pair; convert it to one .nii file")
    }
    guard magic == Array("n+1\0".utf8) else {
      throw ImageError(
        .notAnImage, "\(path): magic is \(magic), expected \"n+1\": Analyze files have no orientation to trust")
    }
    let fields = HeaderFields(bytes: bytes, isBigEndian: size != 348)
    isBigEndian = fields.isBigEndian
    dim = (0..<8).map { fields.int16(40 + 2 * $0) }
    (datatype, bitpix) = (fields.int16(70), fields.int16(72))
    pixdim = (0..<8).map { fields.float(76 + 4 * $0) }
    (voxOffset, sclSlope, sclInter) = (fields.float(108), fields.float(112), fields.float(116))
    xyztUnits = bytes[123]
    descrip = String(decoding: bytes[148..<228].prefix { $0 != 0 }, as: UTF8.self)
    (qformCode, sformCode) = (fields.int16(252), fields.int16(254))
    quatern = (0..<3).map { fields.float(256 + 4 * $0) }
    qoffset = (0..<3).map { fields.float(268 + 4 * $0) }
    srow = (0..<3).map { row in (0..<4).map { fields.float(280 + 16 * row + 4 * $0) } }
  }

  /// The header and the four zero bytes for "no extensions": 352 bytes, little endian.
  var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.smallestVoxelOffset)
    func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
      for byte in 0..<(T.bitWidth / 8) { bytes[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
    }
    put(Int32(348), at: 0)
    for index in 0..<8 {
      put(dim[index], at: 40 + 2 * index)
      put(pixdim[index].bitPattern, at: 76 + 4 * index)
    }
    put(datatype, at: 70)
    put(bitpix, at: 72)
    put(voxOffset.bitPattern, at: 108)
    put(sclSlope.bitPattern, at: 112)
    put(sclInter.bitPattern, at: 116)
    put(xyztUnits, at: 123)
    for (index, character) in descrip.utf8.prefix(79).enumerated() { bytes[148 + index] = character }
    put(qformCode, at: 252)
    put(sformCode, at: 254)
    for row in 0..<3 {
      put(quatern[row].bitPattern, at: 256 + 4 * row)
      put(qoffset[row].bitPattern, at: 268 + 4 * row)
      for column in 0..<4 { put(srow[row][column].bitPattern, at: 280 + 16 * row + 4 * column) }
    }
    for (index, character) in "n+1".utf8.enumerated() { bytes[344 + index] = character }
    return bytes
  }
}

/// Numbers at fixed places of a header whose length was checked.
private struct HeaderFields {
  let bytes: [UInt8]
  let isBigEndian: Bool

  func int16(_ offset: Int) -> Int16 {
    let value = UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8
    return Int16(bitPattern: isBigEndian ? value.byteSwapped : value)
  }

  func float(_ offset: Int) -> Float {
    let value = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    return Float(bitPattern: isBigEndian ? value.byteSwapped : value)
  }
}
