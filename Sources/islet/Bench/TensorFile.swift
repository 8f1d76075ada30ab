import Foundation

/// Writes float32 tensors as a safetensors file, one after the other: what the peers of the benchmark read.
final class TensorFile {
  private let handle: FileHandle
  private let path: String
  private var position = 0
  private let places: [String: Range<Int>]

  /// Writes the header; the tensors must then be appended in the order of `shapes`.
  init(path: String, shapes: [(name: String, shape: [Int])]) throws {
    self.path = path
    var entries: [String: [String: Any]] = [:]
    var places: [String: Range<Int>] = [:]
    var end = 0
    for (name, shape) in shapes {
      let range = end..<end + 4 * shape.reduce(1, *)
      entries[name] = ["dtype": "F32", "shape": shape, "data_offsets": [range.lowerBound, range.upperBound]]
      places[name] = range
      end = range.upperBound
    }
    self.places = places
    let header = try JSONSerialization.data(withJSONObject: entries, options: [.sortedKeys])
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
    try (length + header).write(to: URL(fileURLWithPath: path))
    handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.seekToEnd()
  }

  deinit { try? handle.close() }

  /// Appends the values of the next tensor.
  func append(_ values: [Float], as name: String) throws(CommandFailure) {
    let range = places[name] ?? 0..<0
    precondition(range.lowerBound == position && range.count == 4 * values.count)
    position = range.upperBound
    // Float32 of this machine is little endian, as the format wants.
    if let failure = values.withUnsafeBytes({ writeAll(Array($0), to: handle.fileDescriptor) }) {
      throw CommandFailure(exitCode: .resources, sentence: "\(path): cannot be written: \(failure)")
    }
  }
}
