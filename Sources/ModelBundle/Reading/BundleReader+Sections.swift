import Glibc

/// A tensor, decoded.
public struct BundleTensor: Hashable, Sendable {
  /// `<network>/<layer>.weight` or `.bias`.
  public let name: String
  /// Weights: [out channels, in channels, kernel rows, kernel columns]; biases: [out channels].
  public let shape: [Int]
  /// The numbers, last axis fastest, contiguous; all finite.
  public let values: [Float]
}

extension BundleReader {
  /// Reads and checks every tensor, keeping none.
  ///
  /// `checkpoint` is called before each tensor with the part of the work that is done, 0...1; what it throws ends the work.
  /// Afterwards every byte of the bundle has been checked.
  public func verify(threads: Int = 1, checkpoint: (Double) throws -> Void = { _ in }) throws {
    for section in manifest.sections {
      try checkpoint(Double(section.offset) / Double(fileSize))
      let numbers = min(section.chunkBytes, section.rawBytes) / section.dtype.byteCount
      try decodeChunks(of: section, threads: threads, checksum: .check) { () throws(BundleError) in
        let scratch = try Scratch(byteCount: numbers * MemoryLayout<Float>.stride, file: fileName)
        return { range in
          UnsafeMutableBufferPointer(rebasing: scratch.bytes.bindMemory(to: Float.self)[..<range.count])
        }
      }
    }
    try checkpoint(1)
  }

  /// Decodes a section to Float; `values` has as many elements as the tensor.
  func read(
    _ section: Manifest.Section, into values: UnsafeMutableBufferPointer<Float>, threads: Int
  ) throws(BundleError) {
    let target = SharedTarget(values: values)
    try decodeChunks(of: section, threads: threads, checksum: .trust) { () throws(BundleError) in
      { range in UnsafeMutableBufferPointer(rebasing: target.values[range]) }
    }
  }

  /// Memory that the threads fill, each other chunks of it.
  private struct SharedTarget: @unchecked Sendable {
    let values: UnsafeMutableBufferPointer<Float>
  }

  /// Decodes all chunks of a section on up to `threads` threads.
  ///
  /// `makeDestination` is called once on every thread; what it returns says where the numbers of a range of the tensor go: as
  /// many elements as the range. The error of the first bad chunk is thrown, whatever the number of threads.
  private func decodeChunks(
    of section: Manifest.Section, threads: Int, checksum: LZ4Frame.ContentChecksum,
    makeDestination: @Sendable () throws(BundleError) -> (Range<Int>) -> UnsafeMutableBufferPointer<Float>
  ) throws(BundleError) {
    let width = section.dtype.byteCount
    let offsets = ChunkDecoder.offsets(of: section)
    if section.chunks.count > 1 { source.readAhead(at: section.offset, count: section.storedBytes) }
    let failure = ReaderThreads.share(count: section.chunks.count, threads: threads) { claim in
      var number = 0
      do throws(BundleError) {
        let decoder = try ChunkDecoder(self, section, offsets: offsets, checksum: checksum)
        let destination = try makeDestination()
        while let chunk = claim() {
          number = chunk
          let range = section.rawRange(ofChunk: chunk)
          try decoder.decode(chunk, into: destination(range.lowerBound / width..<range.upperBound / width))
        }
        return nil
      } catch {
        return WorkerFailure(number: number, error: error)
      }
    }
    if let failure { throw failure.error }
  }
}

/// Memory for one chunk, returned to the system at the end of its owner; a refusal is an error and no trap.
final class Scratch {
  let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int, file: String) throws(BundleError) {
    guard let start = malloc(max(byteCount, 1)) else {
      throw BundleError(code: .outOfMemory, message: "\(file): no memory for \(byteCount) bytes of weights")
    }
    bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
  }

  deinit { free(bytes.baseAddress) }
}
