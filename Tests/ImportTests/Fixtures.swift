import Foundation
import Networks
import Testing

@testable import ModelBundle

/// Files by independent writers (Integration/import/write_fixtures.py): protobuf, PyTorch, OpenCV.
enum Fixtures {
  /// The forms of a .caffemodel that hold one and the same network.
  static let formats = ["v1-packed-legacy", "v1-loose-shape", "v2-packed-shape", "v2-loose-legacy"]

  static func path(_ name: String) throws -> String {
    try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil)).appendingPathComponent(name).path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  static func floats(_ name: String) throws -> [Float] { floats(of: try bytes(name)) }

  /// float32 numbers, little endian.
  static func floats(of bytes: [UInt8]) -> [Float] {
    stride(from: 0, to: bytes.count - 3, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) })
    }
  }

  /// int16 numbers, little endian.
  static func int16s(_ name: String) throws -> [Int16] {
    let bytes = try bytes(name)
    return stride(from: 0, to: bytes.count - 1, by: 2).map { start in
      Int16(bitPattern: UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8)
    }
  }
}

/// A fresh folder, removed with everything in it when the owner goes.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("islet-import-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Largest difference of two lists of numbers; infinite when they have different lengths.
func largestDifference(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  return zip(found, expected).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
}

/// All tensors of a weight file of the fixtures, as a network takes them.
func openTensors(_ name: String) throws -> [String: WeightTensor] {
  let file = try openWeightFile(path: try Fixtures.path(name))
  var tensors: [String: WeightTensor] = [:]
  for (name, tensor) in file.tensors {
    tensors[name] = WeightTensor(shape: tensor.shape, values: try file.values(of: name) ?? [])
  }
  return tensors
}
