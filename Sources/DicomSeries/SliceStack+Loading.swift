import Synchronization
import Volumes

extension SliceStack {
  /// Reads and, where they are compressed, lets the helper decode the stored values of every slice.
  ///
  /// Each slice goes straight to its place in the volume: 2 bytes a voxel and a few slices at the peak. Compressed
  /// files are shared among as many helpers as there are threads, each a run of neighbouring slices.
  /// Throws `unreadableFile`, `cancelled`, and what `ReaderProcess` throws.
  func load(with decoder: ReaderProcess, threads: Int) throws(DicomError) -> Volume {
    let count = geometry.size.voxelCount
    var failure: DicomError?
    let voxels = [Int16](unsafeUninitializedCapacity: count) { buffer, initialized in
      let planes = VolumePlanes(frames: frames, voxels: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      do throws(DicomError) {
        try planes.load(with: decoder, threads: threads)
        initialized = count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    guard let volume = Volume(geometry: geometry, voxels: voxels) else {
      throw DicomError(.readerMalformed, "the number of voxels does not match the slices")
    }
    return volume
  }
}

/// The slices of a volume while they are filled; each is written by one thread only.
private struct VolumePlanes: @unchecked Sendable {
  let frames: [FrameRecord]
  let voxels: UnsafeMutableBufferPointer<Int16>

  /// The slices of one file, by frame.
  private struct FileSlices {
    let header: DicomHeader
    var slices: [Int: Int]
  }

  func load(with decoder: ReaderProcess, threads: Int) throws(DicomError) {
    var native: [Int] = []
    var deflated: [FileSlices] = []
    var encapsulated: [FileSlices] = []
    var places: [String: Int] = [:]
    for (z, frame) in frames.enumerated() {
      switch frame.header.place {
      case .native, .runLengths: native.append(z)
      case .deflated: Self.add(frame, z, to: &deflated, &places)
      case .encapsulated: Self.add(frame, z, to: &encapsulated, &places)
      }
    }
    let (slices, inflating, decoding) = (native, deflated, encapsulated)
    try inParallel(slices.count, threads: threads) { number throws(DicomError) in
      if decoder.isCancelled() { throw decoder.cancelled(at: frames[slices[number]].file) }
      try readSlice(slices[number])
    }
    try inParallel(inflating.count, threads: threads) { number throws(DicomError) in
      if decoder.isCancelled() { throw decoder.cancelled(at: inflating[number].header.path) }
      try inflate(inflating[number])
    }
    let shares = max(1, min(threads, decoding.count))
    guard !decoding.isEmpty else { return }
    try inParallel(shares, threads: shares) { share throws(DicomError) in
      try decode(Array(decoding[(decoding.count * share / shares)..<(decoding.count * (share + 1) / shares)]), decoder)
    }
  }

  private static func add(_ frame: FrameRecord, _ z: Int, to files: inout [FileSlices], _ places: inout [String: Int]) {
    if let place = places[frame.file] {
      files[place].slices[frame.index] = z
    } else {
      places[frame.file] = files.count
      files.append(FileSlices(header: frame.header, slices: [frame.index: z]))
    }
  }

  /// Lets `fill` write the stored values of slice `z`.
  private func fill(
    _ z: Int, isBigEndian: Bool = false, from fill: (UnsafeMutableRawBufferPointer) throws(DicomError) -> Void
  ) throws(DicomError) {
    let count = frames[z].columns * frames[z].rows
    let plane = UnsafeMutableBufferPointer(rebasing: voxels[(z * count)..<((z + 1) * count)])
    try StoredValues(frames[z], isBigEndian: isBigEndian).fill(plane, from: fill)
  }

  private func readSlice(_ z: Int) throws(DicomError) {
    let frame = frames[z]
    let file = try DicomFile(frame.file)
    let pixels = frame.header.pixels
    switch frame.header.place {
    case .native(let offset, let isBigEndian):
      try fill(z, isBigEndian: isBigEndian) { buffer throws(DicomError) in
        guard file.read(at: offset + frame.index * pixels.frameByteCount, into: buffer) else {
          throw changed(frame.file)
        }
      }
    case .runLengths(let fragments):
      let range = fragments[frame.index]
      guard let fragment = file.bytes(at: range.lowerBound, range.count) else { throw changed(frame.file) }
      guard
        let bytes = RunLengthDecoder.decode(
          fragment, pixelCount: pixels.rows * pixels.columns, bytesPerPixel: pixels.bitsAllocated / 8)
      else {
        throw DicomError(
          .unreadableFile,
          "\(frame.file): frame \(frame.index + 1) is no sound RLE stream of \(pixels.columns) x \(pixels.rows) pixels; "
            + "copy the file again")
      }
      try fill(z) { buffer throws(DicomError) in buffer.copyBytes(from: bytes) }
    // `load` reads these in other ways.
    case .deflated, .encapsulated: throw changed(frame.file)
    }
  }

  private func inflate(_ file: FileSlices) throws(DicomError) {
    // The check inflates up to the pixels and remembers nothing: 2 x the file in memory is all that this takes.
    guard case .deflated(let offset) = file.header.place else { throw changed(file.header.path) }
    let source = try StructureCheck.inflated(file.header.path)
    source.limit += file.header.pixels.byteCount
    for (index, z) in file.slices {
      try fill(z) { buffer throws(DicomError) in
        guard source.read(at: offset + index * file.header.pixels.frameByteCount, into: buffer) else {
          throw changed(file.header.path)
        }
      }
    }
  }

  private func decode(_ files: [FileSlices], _ decoder: ReaderProcess) throws(DicomError) {
    var missing = files.map(\.slices)
    try decoder.decode(files.map(\.header)) { file, index, receive throws(DicomError) in
      guard let z = missing[file].removeValue(forKey: index) else { throw decoder.outOfTurn(files[file].header.path) }
      try fill(z, from: receive)
    }
    if let file = missing.firstIndex(where: { !$0.isEmpty }) { throw decoder.outOfTurn(files[file].header.path) }
  }

  private func changed(_ file: String) -> DicomError {
    DicomError(.unreadableFile, "\(file): the file became shorter while it was read; read it again when it is complete")
  }
}
