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
      let chunks = section.chunks.indices
      try decodeChunks(chunks, of: section, threads: threads, checksum: .check) { () throws(BundleError) in
        let scratch = try Scratch(byteCount: numbers * MemoryLayout<Float>.stride, file: fileName)
        return { range in
          UnsafeMutableBufferPointer(rebasing: scratch.bytes.bindMemory(to: Float.self)[..<range.count])
        }
      }
    }
    try checkpoint(1)
  }

  /// Decodes chunks of a section, nil for all, to Float; `values` has as many elements as they have numbers.
  func read(
    _ section: Manifest.Section, chunks: Range<Int>? = nil, into values: UnsafeMutableBufferPointer<Float>, threads: Int
  ) throws(BundleError) {
    let target = SharedTarget(values: values)
    let chunks = chunks ?? section.chunks.indices
    let start = chunks.isEmpty ? 0 : section.rawRange(ofChunk: chunks.lowerBound).lowerBound / section.dtype.byteCount
    try decodeChunks(chunks, of: section, threads: threads, checksum: .trust) { () throws(BundleError) in
      { range in
        UnsafeMutableBufferPointer(rebasing: target.values[range.lowerBound - start..<range.upperBound - start])
      }
    }
  }

  /// How many chunks the system is asked for before they are needed: it reads no more than about 1 MiB for one request.
  private static let chunksReadAhead = 8

  /// Memory that the threads fill, each other chunks of it.
  private struct SharedTarget: @unchecked Sendable {
    let values: UnsafeMutableBufferPointer<Float>
  }

  /// Decodes `chunks` of a section on up to `threads` threads.
  ///
  /// `makeDestination` is called once on every thread; what it returns says where the numbers of a range of the tensor go: as
  /// many elements as the range. The error of the first bad chunk is thrown, whatever the number of threads.
  private func decodeChunks(
    _ chunks: Range<Int>, of section: Manifest.Section, threads: Int, checksum: LZ4Frame.ContentChecksum,
    makeDestination: @Sendable () throws(BundleError) -> (Range<Int>) -> UnsafeMutableBufferPointer<Float>
  ) throws(BundleError) {
    let width = section.dtype.byteCount
    let offsets = ChunkDecoder.offsets(of: section)
    let readAhead: @Sendable (Int) -> Void = { chunk in
      guard chunks.contains(chunk) else { return }
      source.readAhead(at: offsets[chunk], count: section.chunks[chunk].bytes)
    }
    for chunk in chunks.prefix(Self.chunksReadAhead) { readAhead(chunk) }
    let failure = ReaderThreads.share(count: chunks.count, threads: threads) { claim in
      var number = 0
      do throws(BundleError) {
        let decoder = try ChunkDecoder(self, section, offsets: offsets, checksum: checksum)
        let destination = try makeDestination()
        while let next = claim() {
          let chunk = chunks.lowerBound + next
          number = chunk
          readAhead(chunk + Self.chunksReadAhead)
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
