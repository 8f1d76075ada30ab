import Foundation
public import Volumes

/// Writing: attached header, gzip, in the space left-posterior-superior.
extension NRRD {
  /// Writes labels as uint8. `fields` are further "key:=value" lines. The file appears whole or not at all.
  public static func write(
    labels: LabelMap, geometry: VolumeGeometry, fields: [(String, String)] = [], to path: String
  ) throws(ImageError) {
    try write(labels.labels, type: "uint8", geometry, fields, to: path) { $0.append($1) }
  }

  /// Writes probabilities 0...255 as float32 0...1 (value / 255), [z, y, x] with x fastest.
  public static func write(probability: [UInt8], geometry: VolumeGeometry, to path: String) throws(ImageError) {
    let table = (0...255).map { (Float($0) / 255).bitPattern }
    try write(probability, type: "float", geometry, [], to: path) { bytes, value in
      let bits = table[Int(value)]
      for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    }
  }

  private static func write(
    _ values: [UInt8], type: String, _ geometry: VolumeGeometry, _ fields: [(String, String)], to path: String,
    append: (inout [UInt8], UInt8) -> Void
  ) throws(ImageError) {
    let size = geometry.size
    guard values.count == size.voxelCount else {
      throw ImageError(
        .invalidGeometry,
        "\(path): \(values.count) values for \(size.x) x \(size.y) x \(size.z) voxels; nothing was written")
    }
    let file = try OutputFile(path)
    try file.write(Array(header(type: type, geometry, fields).utf8))
    try file.compressFromHere(.gzip)
    var block: [UInt8] = []
    block.reserveCapacity(1 << 20)
    for first in stride(from: 0, to: values.count, by: 1 << 18) {
      block.removeAll(keepingCapacity: true)
      for value in values[first..<min(first + 1 << 18, values.count)] { append(&block, value) }
      try file.write(block)
    }
    try file.finish()
  }

  /// The header with the empty line that ends it.
  static func header(type: String, _ geometry: VolumeGeometry, _ fields: [(String, String)]) -> String {
    func vector(_ vector: SIMD3<Double>) -> String { "(\(vector.x),\(vector.y),\(vector.z))" }
    let directions = (0..<3).map { vector(geometry.direction[$0] * geometry.spacing[$0]) }.joined(separator: " ")
    let lines = [
      "NRRD0005", "# \(NIfTI.purpose)", "type: \(type)", "dimension: 3", "space: left-posterior-superior",
      "sizes: \(geometry.size.x) \(geometry.size.y) \(geometry.size.z)", "space directions: \(directions)",
      "kinds: domain domain domain", "endian: little", "encoding: gzip", "space origin: \(vector(geometry.origin))",
    ]
    return (lines + fields.map { "\($0):=\(oneLine($1))" }).joined(separator: "\n") + "\n\n"
  }

  /// A value on one line, as the format escapes it.
  private static func oneLine(_ text: String) -> String {
    text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\n", with: "\\n")
  }
}
