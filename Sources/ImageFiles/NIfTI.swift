public import Volumes

/// NIfTI-1 in one file (.nii, .nii.gz): positions are RAS in the file and LPS everywhere else.
public enum NIfTI {
  /// Reads a CT: stored * scl_slope + scl_inter, rounded to whole HU (halves to even), clamped to Int16 (and then noted).
  ///
  /// Reads uint8, int8, uint16, int16, uint32, int32, float32, float64 of both byte orders, plain or gzip.
  /// Cost: one pass; 2 bytes a voxel and 1 MiB.
  public static func read(_ path: String) throws(ImageError) -> LoadedImage {
    try read(InputFile(path))
  }

  static func read(_ file: InputFile) throws(ImageError) -> LoadedImage {
    var opened = try OpenedNIfTI(file)
    let scale = VoxelScale(opened.layout)
    var voxels = [Int16](repeating: 0, count: opened.layout.size.voxelCount)
    let tally = try opened.readVoxels(into: &voxels) { bytes, type, isBigEndian, output in
      scale.convertToHU(bytes, type, isBigEndian, into: output)
    }
    if tally.refused > 0 {
      throw ImageError(
        .invalidVoxels,
        "\(file.path): \(tally.refused) of \(voxels.count) voxels are not finite numbers; replace them by air (-1000) first"
      )
    }
    if tally.clamped > 0 {
      opened.notes.append("\(tally.clamped) voxels lie outside -32768...32767 HU and were clamped")
    }
    guard let volume = Volume(geometry: opened.geometry, voxels: voxels) else {
      throw ImageError(.invalidHeader, "\(file.path): the number of voxels does not match dim")
    }
    return LoadedImage(
      volume: volume, format: .nifti, source: "NIfTI-1, \(opened.layout.type)\(file.isCompressed ? ", gzip" : "")",
      notes: opened.notes)
  }

  /// Reads a label map: every value, after scaling, must be a whole number from 0 to 255.
  public static func readLabels(_ path: String) throws(ImageError) -> (labels: LabelMap, geometry: VolumeGeometry) {
    let opened = try OpenedNIfTI(InputFile(path))
    let scale = VoxelScale(opened.layout)
    var labels = [UInt8](repeating: 0, count: opened.layout.size.voxelCount)
    let tally = try opened.readVoxels(into: &labels) { bytes, type, isBigEndian, output in
      scale.convertToLabels(bytes, type, isBigEndian, into: output)
    }
    guard tally.refused == 0 else {
      throw ImageError(
        .invalidVoxels,
        "\(path): \(tally.refused) of \(labels.count) voxels are not labels, expected whole numbers 0 to 255")
    }
    guard let map = LabelMap(size: opened.layout.size, labels: labels) else {
      throw ImageError(.invalidHeader, "\(path): the number of voxels does not match dim")
    }
    return (map, opened.geometry)
  }
}

/// A NIfTI file whose header was read and checked, standing at its first voxel.
private struct OpenedNIfTI {
  let file: InputFile
  let header: NIfTIHeader
  let layout: NIfTILayout
  let geometry: VolumeGeometry
  var notes: [String] = []

  init(_ file: InputFile) throws(ImageError) {
    self.file = file
    header = try NIfTIHeader(file.peek(NIfTIHeader.byteCount), path: file.path)
    layout = try header.layout(path: file.path)
    geometry = try header.geometry(size: layout.size, path: file.path, notes: &notes)
    // A plain file tells its length before any memory is taken.
    let stored = file.storedByteCount
    if !file.isCompressed, stored < layout.voxelOffset + layout.byteCount {
      throw truncated(found: max(0, stored - layout.voxelOffset))
    }
    // A gzip stream shrinks to no less than 1/1032 (the format's limit): what cannot be there is refused up front.
    if file.isCompressed, layout.byteCount / 1040 > stored { throw truncated(found: nil) }
  }

  /// Reads all voxels block by block, then looks what follows them.
  func readVoxels<Value>(
    into values: inout [Value],
    convert: (UnsafeRawBufferPointer, NIfTIDataType, Bool, UnsafeMutableBufferPointer<Value>) -> VoxelTally
  ) throws(ImageError) -> VoxelTally {
    guard try file.skip(layout.voxelOffset) == layout.voxelOffset else { throw truncated(found: 0) }
    let blockVoxels = (1 << 20) / layout.type.byteCount
    var block = [UInt8](repeating: 0, count: 1 << 20)
    var tally = VoxelTally()
    var first = 0
    while first < values.count {
      let count = min(blockVoxels, values.count - first)
      let byteCount = count * layout.type.byteCount
      let found = try block.withUnsafeMutableBufferPointer { bytes throws(ImageError) in
        try file.read(into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[..<byteCount])))
      }
      guard found == byteCount else { throw truncated(found: first * layout.type.byteCount + found) }
      let part = block.withUnsafeBytes { bytes in
        values.withUnsafeMutableBufferPointer { output in
          convert(
            UnsafeRawBufferPointer(rebasing: bytes[..<byteCount]), layout.type, header.isBigEndian,
            UnsafeMutableBufferPointer(rebasing: output[first..<(first + count)]))
        }
      }
      tally.refused += part.refused
      tally.clamped += part.clamped
      first += count
    }
    // One byte more makes zlib compare the checksum at the end of the stream; bytes that follow do no harm.
    var rest: [UInt8] = [0]
    _ = try rest.withUnsafeMutableBufferPointer { bytes throws(ImageError) in
      try file.read(into: UnsafeMutableRawBufferPointer(bytes))
    }
    return tally
  }

  private func truncated(found: Int?) -> ImageError {
    let found = found.map { "found \($0)" } ?? "more than its \(file.storedByteCount) compressed bytes can hold"
    return ImageError(
      .truncated,
      "\(file.path): dim and datatype announce \(layout.byteCount) bytes of voxels, \(found); copy the file again")
  }
}
