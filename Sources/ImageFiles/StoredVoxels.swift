import Volumes

/// The voxels of an open file: how many, in which number format, and where they start.
struct StoredVoxels {
  /// Standing at its first byte.
  let file: InputFile
  /// Bytes before the first voxel.
  let offset: Int
  let size: VolumeSize
  let type: VoxelDataType
  let isBigEndian: Bool
  /// stored * slope + intercept is the value.
  let scale: VoxelScale
  /// The fields that announce so many bytes, for sentences.
  let announcedBy: String
  /// True where nothing may follow the voxels: more bytes then mean that some of them are not where they belong.
  let endsFile: Bool

  /// More voxels than these (2^30, two GiB of HU) are refused: no CT has them.
  static let largestVoxelCount = 1 << 30

  /// Refuses what cannot be there before any memory is taken. Throws `truncated`.
  func checkStoredLength() throws(ImageError) {
    let stored = file.storedByteCount
    if !file.isCompressed, stored < offset + byteCount { throw truncated(found: max(0, stored - offset)) }
    // A gzip stream shrinks to no less than 1/1032 (the format's limit).
    if file.isCompressed, byteCount / 1040 > stored { throw truncated(found: nil) }
  }

  /// Whole HU, halves to even, clamped to Int16 (and then noted). Throws `invalidVoxels`, `truncated` or `damaged`.
  func readVolume(_ geometry: VolumeGeometry, notes: inout [String]) throws(ImageError) -> Volume {
    let (voxels, tally) = try read(as: Int16.self) { bytes, output in
      scale.convertToHU(bytes, type, isBigEndian, into: output)
    }
    if tally.refused > 0 {
      throw ImageError(
        .invalidVoxels,
        "\(file.path): \(tally.refused) of \(voxels.count) voxels are not finite numbers; replace them by air (-1000) first"
      )
    }
    if tally.clamped > 0 {
      notes.append("\(tally.clamped) voxels lie outside -32768...32767 HU and were clamped")
    }
    guard let volume = Volume(geometry: geometry, voxels: voxels) else { throw mismatch }
    return volume
  }

  /// Whole numbers from 0 to 255. Throws `invalidVoxels`, `truncated` or `damaged`.
  func readLabels() throws(ImageError) -> LabelMap {
    let (labels, tally) = try read(as: UInt8.self) { bytes, output in
      scale.convertToLabels(bytes, type, isBigEndian, into: output)
    }
    guard tally.refused == 0 else {
      throw ImageError(
        .invalidVoxels,
        "\(file.path): \(tally.refused) of \(labels.count) voxels are not labels, expected whole numbers 0 to 255")
    }
    guard let map = LabelMap(size: size, labels: labels) else { throw mismatch }
    return map
  }

  private var byteCount: Int { size.voxelCount * type.byteCount }

  private var mismatch: ImageError {
    ImageError(.invalidHeader, "\(file.path): the number of voxels does not match \(announcedBy)")
  }

  /// Reads all voxels block by block, then looks what follows them.
  private func read<Value: ExpressibleByIntegerLiteral>(
    as _: Value.Type, convert: (UnsafeRawBufferPointer, UnsafeMutableBufferPointer<Value>) -> VoxelTally
  ) throws(ImageError) -> (values: [Value], tally: VoxelTally) {
    guard try file.skip(offset) == offset else { throw truncated(found: 0) }
    var values = [Value](repeating: 0, count: size.voxelCount)
    let blockVoxels = (1 << 20) / type.byteCount
    var block = [UInt8](repeating: 0, count: 1 << 20)
    var tally = VoxelTally()
    var first = 0
    while first < values.count {
      let count = min(blockVoxels, values.count - first)
      let wanted = count * type.byteCount
      let found = try block.withUnsafeMutableBufferPointer { bytes throws(ImageError) in
        try file.read(into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[..<wanted])))
      }
      guard found == wanted else { throw truncated(found: first * type.byteCount + found) }
      let part = block.withUnsafeBytes { bytes in
        values.withUnsafeMutableBufferPointer { output in
          convert(
            UnsafeRawBufferPointer(rebasing: bytes[..<wanted]),
            UnsafeMutableBufferPointer(rebasing: output[first..<(first + count)]))
        }
      }
      tally.refused += part.refused
      tally.clamped += part.clamped
      first += count
    }
    // One byte more makes zlib compare the checksum at the end of the stream.
    var rest: [UInt8] = [0]
    let more = try rest.withUnsafeMutableBufferPointer { bytes throws(ImageError) in
      try file.read(into: UnsafeMutableRawBufferPointer(bytes))
    }
    guard more == 0 || !endsFile else {
      throw ImageError(
        .damaged, "\(file.path): bytes follow the \(byteCount) that \(announcedBy) announce; write the file again")
    }
    return (values, tally)
  }

  private func truncated(found: Int?) -> ImageError {
    let found = found.map { "found \($0)" } ?? "more than its \(file.storedByteCount) compressed bytes can hold"
    return ImageError(
      .truncated,
      "\(file.path): \(announcedBy) announce \(byteCount) bytes of voxels, \(found); copy the file again")
  }
}
