import Volumes

/// How the voxels lie in the file, checked.
struct NIfTILayout {
  let size: VolumeSize
  let type: VoxelDataType
  /// Bytes before the first voxel.
  let voxelOffset: Int
  /// stored * slope + intercept is the value.
  let slope: Double
  let intercept: Double
}

extension NIfTIHeader {
  /// Size, type, offset and scale. Throws `invalidHeader`, `unsupported` or `tooLarge`.
  func layout(path: String) throws(ImageError) -> NIfTILayout {
    let size = try volumeSize(path: path)
    guard let type = VoxelDataType(rawValue: datatype) else {
      let known = VoxelDataType.allCases.map { "\($0) (\($0.rawValue))" }.joined(separator: ", ")
      throw ImageError(.unsupported, "\(path): datatype is \(datatype), expected one of \(known)")
    }
    guard Int(bitpix) == 8 * type.byteCount else {
      throw ImageError(.invalidHeader, "\(path): bitpix is \(bitpix), expected \(8 * type.byteCount) for \(type)")
    }
    guard voxOffset.isFinite, voxOffset == voxOffset.rounded(), voxOffset >= Double(smallestVoxelOffset),
      voxOffset <= Double(Self.largestVoxelOffset)
    else {
      throw ImageError(
        .invalidHeader,
        "\(path): vox_offset is \(version == 1 ? "\(Float(voxOffset))" : "\(voxOffset)"), expected a whole number from \(smallestVoxelOffset) to \(Self.largestVoxelOffset)"
      )
    }
    // By the format, slope 0 means "not scaled"; programs also write NaN for it.
    let isScaled = sclSlope.isFinite && sclSlope != 0
    guard sclInter.isFinite || !isScaled else {
      throw ImageError(
        .invalidHeader,
        "\(path): scl_inter is \(sclInter) beside scl_slope \(sclSlope), expected a finite number: the HU are unknown")
    }
    return NIfTILayout(
      size: size, type: type, voxelOffset: Int(voxOffset), slope: isScaled ? sclSlope : 1,
      intercept: isScaled ? sclInter : 0)
  }

  private func volumeSize(path: String) throws(ImageError) -> VolumeSize {
    guard (1...7).contains(dim[0]) else {
      throw ImageError(.invalidHeader, "\(path): dim[0] is \(dim[0]), expected 3 (the number of axes)")
    }
    let axes = dim[0]
    guard axes >= 3 else {
      throw ImageError(.unsupported, "\(path): dim[0] is \(axes), expected 3: one slice is no volume")
    }
    for axis in 1...axes where dim[axis] <= 0 {
      throw ImageError(.invalidHeader, "\(path): dim[\(axis)] is \(dim[axis]), expected at least 1")
    }
    for axis in 4..<max(4, axes + 1) where dim[axis] != 1 {
      throw ImageError(
        .unsupported, "\(path): dim[\(axis)] is \(dim[axis]), expected 1: give one volume, not a series of them")
    }
    guard let size = VolumeSize(x: dim[1], y: dim[2], z: dim[3]),
      size.voxelCount <= StoredVoxels.largestVoxelCount
    else {
      throw ImageError(
        .tooLarge,
        "\(path): dim is \(dim[1]) x \(dim[2]) x \(dim[3]), at most \(StoredVoxels.largestVoxelCount) voxels are read")
    }
    return size
  }
}
