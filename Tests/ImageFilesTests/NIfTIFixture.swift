@testable import ImageFiles

/// A NIfTI file put together byte by byte, without the code under test; every field may be wrong.
struct NIfTIFixture {
  var version = 1
  var isBigEndian = false
  var dim: [Int16] = [3, 3, 2, 2, 1, 1, 1, 1]
  var datatype: Int16 = 4
  var bitpix: Int16 = 16
  var pixdim: [Float] = [1, 2, 3, 4, 0, 0, 0, 0]
  /// nil: behind the header and the four bytes that announce extensions.
  var voxOffset: Float?
  var slope: Float = 1
  var intercept: Float = 0
  var units: UInt8 = 2
  var qformCode: Int16 = 0
  var quatern: [Float] = [0, 0, 0]
  var qoffset: [Float] = [0, 0, 0]
  var sformCode: Int16 = 1
  var srow: [[Float]] = [[2, 0, 0, -10], [0, 3, 0, -20], [0, 0, 4, 30]]
  /// nil: that of the version.
  var magic: [UInt8]?
  /// The bit patterns of the voxels, lowest `bitpix` bits.
  var voxels: [UInt64] = (0..<12).map { UInt64($0) }

  var bytes: [UInt8] { (version == 1 ? first : second) + voxels.flatMap { number($0, Int(bitpix) / 8) } }

  private var first: [UInt8] {
    var bytes = number(348, 4)
    func padTo(_ count: Int) { bytes += [UInt8](repeating: 0, count: count - bytes.count) }
    func put(_ values: [Float]) { for value in values { bytes += number(UInt64(value.bitPattern), 4) } }
    func put(_ values: [Int16]) { for value in values { bytes += number(UInt64(UInt16(bitPattern: value)), 2) } }
    padTo(40)
    put(dim)
    padTo(70)
    put([datatype, bitpix])
    padTo(76)
    put(pixdim)
    put([voxOffset ?? 352, slope, intercept])
    padTo(123)
    bytes.append(units)
    padTo(252)
    put([qformCode, sformCode])
    put(quatern)
    put(qoffset)
    put(srow.flatMap { $0 })
    padTo(344)
    bytes += magic ?? Array("n+1\0".utf8)
    padTo(352)
    return bytes
  }

  private var second: [UInt8] {
    var bytes = number(540, 4) + (magic ?? Array("n+2\0\r\n".utf8) + [0x1a, 0x0a])
    func padTo(_ count: Int) { bytes += [UInt8](repeating: 0, count: count - bytes.count) }
    func put(_ values: [Float]) { for value in values { bytes += number(Double(value).bitPattern, 8) } }
    func put(_ values: [Int16], _ size: Int) {
      for value in values { bytes += number(UInt64(bitPattern: Int64(value)), size) }
    }
    put([datatype, bitpix], 2)
    put(dim, 8)
    padTo(104)
    put(pixdim)
    bytes += number(UInt64(voxOffset ?? 544), 8)
    put([slope, intercept])
    padTo(344)
    put([qformCode, sformCode], 4)
    put(quatern)
    put(qoffset)
    put(srow.flatMap { $0 })
    padTo(500)
    put([Int16(units)], 4)
    padTo(544)
    return bytes
  }

  private func number(_ value: UInt64, _ count: Int) -> [UInt8] {
    let little = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    return isBigEndian ? little.reversed() : little
  }
}

/// Compresses as one gzip member.
func gzip(_ bytes: [UInt8], to path: String) throws {
  let file = try OutputFile(path, compression: .gzip)
  try bytes.withUnsafeBytes { try file.write($0) }
  try file.finish()
}

/// The error of `body`, which is expected to throw one.
func imageError(_ body: () throws -> Void) -> ImageError? {
  do { try body() } catch { return error as? ImageError }
  return nil
}
