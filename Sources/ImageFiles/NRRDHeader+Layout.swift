import Volumes

/// How the voxels lie in a NRRD file, checked.
struct NRRDLayout {
  let size: VolumeSize
  let type: VoxelDataType
  let isBigEndian: Bool
  let isCompressed: Bool
}

extension NRRDHeader {
  /// Size, type, byte order and encoding. Throws `invalidHeader`, `unsupported` or `tooLarge`.
  func layout() throws(ImageError) -> NRRDLayout {
    if let other = self["datafile"] {
      throw ImageError(
        .unsupported,
        "\(path): data file is \(other.prefix(80)): a detached header, which is not followed; save it as one .nrrd file"
      )
    }
    let type = try dataType()
    let encoding = try required("encoding", "encoding").lowercased()
    guard ["raw", "gzip", "gz"].contains(encoding) else {
      throw ImageError(.unsupported, "\(path): encoding is \(encoding), expected raw or gzip; save it with one of them")
    }
    for (name, words) in [("byteskip", "byte skip"), ("lineskip", "line skip")] {
      guard let skipped = self[name], skipped != "0" else { continue }
      throw ImageError(.unsupported, "\(path): \(words) is \(skipped.prefix(40)), expected 0: voxels follow the header")
    }
    return NRRDLayout(
      size: try volumeSize(), type: type, isBigEndian: try isBigEndian(type), isCompressed: encoding != "raw")
  }

  private func dataType() throws(ImageError) -> VoxelDataType {
    let name = try required("type", "type").lowercased()
    switch name {
    case "signed char", "int8", "int8_t": return .int8
    case "uchar", "unsigned char", "uint8", "uint8_t": return .uint8
    case "short", "short int", "signed short", "signed short int", "int16", "int16_t": return .int16
    case "ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t": return .uint16
    case "int", "signed int", "int32", "int32_t": return .int32
    case "uint", "unsigned int", "uint32", "uint32_t": return .uint32
    case "longlong", "long long", "long long int", "signed long long", "signed long long int", "int64", "int64_t":
      return .int64
    case "ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t": return .uint64
    case "float": return .float32
    case "double": return .float64
    default:
      throw ImageError(
        .unsupported, "\(path): type is \(name.prefix(40)), expected a whole number type, float or double")
    }
  }

  private func isBigEndian(_ type: VoxelDataType) throws(ImageError) -> Bool {
    guard type.byteCount > 1 else { return false }
    let endian = try required("endian", "endian").lowercased()
    guard endian == "little" || endian == "big" else { throw invalid("endian", "little or big", endian) }
    return endian == "big"
  }

  private func volumeSize() throws(ImageError) -> VolumeSize {
    let dimension = try required("dimension", "dimension")
    guard dimension == "3" else {
      throw ImageError(
        .unsupported, "\(path): dimension is \(dimension.prefix(40)), expected 3: give one volume of one value a voxel")
    }
    let text = try required("sizes", "sizes")
    let sizes = text.split(separator: " ").map { Int($0) }
    guard sizes.count == 3, let x = sizes[0], let y = sizes[1], let z = sizes[2], x > 0, y > 0, z > 0 else {
      throw invalid("sizes", "three whole numbers of at least 1", text)
    }
    if let kinds = self["kinds"] {
      let words = kinds.lowercased().split(separator: " ")
      guard words.count == 3, words.allSatisfy({ ["domain", "space", "???", "none"].contains($0) }) else {
        throw ImageError(
          .unsupported, "\(path): kinds is \(kinds.prefix(80)), expected three of domain or space: no vectors, no time")
      }
    }
    guard let size = VolumeSize(x: x, y: y, z: z), size.voxelCount <= StoredVoxels.largestVoxelCount else {
      throw ImageError(
        .tooLarge, "\(path): sizes are \(x) x \(y) x \(z), at most \(StoredVoxels.largestVoxelCount) voxels are read")
    }
    return size
  }
}
