import Glibc
public import Volumes

extension NIfTI {
  /// Text in the header's `descrip` of everything that is written.
  static let purpose = "Islet: research use, not for diagnosis"

  /// Writes labels as uint8; gzip when the name ends in ".gz". The file appears whole or not at all.
  public static func write(labels: LabelMap, geometry: VolumeGeometry, to path: String) throws(ImageError) {
    try write(labels.labels, type: .uint8, geometry: geometry, to: path) { $0.append($1) }
  }

  /// Writes probabilities 0...255 as float32 0...1 (value / 255), [z, y, x] with x fastest.
  public static func write(probability: [UInt8], geometry: VolumeGeometry, to path: String) throws(ImageError) {
    let table = (0...255).map { (Float($0) / 255).bitPattern }
    try write(probability, type: .float32, geometry: geometry, to: path) { bytes, value in
      let bits = table[Int(value)]
      for shift in stride(from: UInt32(0), to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    }
  }

  /// Writes HU as int16.
  public static func write(volume: Volume, to path: String) throws(ImageError) {
    try write(volume.voxels, type: .int16, geometry: volume.geometry, to: path, gzip: .fastGzip) { bytes, value in
      bytes.append(UInt8(truncatingIfNeeded: value))
      bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    }
  }

  private static func write<Value>(
    _ values: [Value], type: VoxelDataType, geometry: VolumeGeometry, to path: String,
    gzip: OutputFile.Compression = .gzip, append: (inout [UInt8], Value) -> Void
  ) throws(ImageError) {
    let size = geometry.size
    guard values.count == size.voxelCount else {
      throw ImageError(
        .invalidGeometry,
        "\(path): \(values.count) values for \(size.x) x \(size.y) x \(size.z) voxels; nothing was written")
    }
    guard [size.x, size.y, size.z].allSatisfy({ $0 <= Int(Int16.max) }) else {
      throw ImageError(
        .tooLarge, "\(path): \(size.x) x \(size.y) x \(size.z) voxels do not fit NIfTI-1, whose axes end at 32767")
    }
    var header = NIfTIHeader()
    header.dim = [3, size.x, size.y, size.z, 1, 1, 1, 1]
    (header.datatype, header.bitpix) = (type.rawValue, Int16(8 * type.byteCount))
    header.descrip = purpose
    header.setGeometry(geometry)

    let file = try OutputFile(path, compression: path.hasSuffix(".gz") ? gzip : .none)
    try header.bytes.withUnsafeBufferPointer { bytes throws(ImageError) in
      try file.write(UnsafeRawBufferPointer(bytes))
    }
    let blockVoxels = (1 << 20) / type.byteCount
    var block: [UInt8] = []
    block.reserveCapacity(1 << 20)
    for first in stride(from: 0, to: values.count, by: blockVoxels) {
      block.removeAll(keepingCapacity: true)
      for value in values[first..<min(first + blockVoxels, values.count)] { append(&block, value) }
      try block.withUnsafeBufferPointer { bytes throws(ImageError) in
        try file.write(UnsafeRawBufferPointer(bytes))
      }
    }
    try file.finish()
  }
}
