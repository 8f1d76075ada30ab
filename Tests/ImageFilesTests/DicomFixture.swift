import Foundation

/// A CT slice in explicit little endian, put together byte by byte; every attribute may be wrong or absent.
struct DicomFixture {
  var transferSyntax = "1.2.840.10008.1.2.1"
  var sopClass = "1.2.840.10008.5.1.4.1.1.2"
  var modality = "CT"
  var imageType = "ORIGINAL\\PRIMARY\\AXIAL"
  var seriesUID = "1.2.3"
  var seriesDescription = "portal venous"
  var instanceNumber = 1
  var columns = 4
  var rows = 3
  var samplesPerPixel = 1
  var bitsAllocated = 16
  var bitsStored = 16
  /// nil: that of `bitsStored`.
  var highBit: Int?
  var isSigned = true
  var position: [Double]? = [-10, -20, 30]
  var orientation: [Double]? = [1, 0, 0, 0, 1, 0]
  /// Between rows, between columns.
  var spacing: [Double]? = [1.5, 0.75]
  var thickness: Double? = 5
  var slope: String? = "1"
  var intercept: String? = "-1024"
  /// Positions of the frames of an enhanced CT, whose geometry then lies in functional groups; none for a slice.
  var framePositions: [[Double]] = []
  /// Stored values, one word each.
  var pixels: [Int] = (0..<12).map { $0 }
  /// Bytes of Pixel Data that the file leaves out at its end.
  var cutBytes = 0

  /// Stored values for which stored - 1024 is `f` of the LPS position of the voxel.
  mutating func fill(_ f: (SIMD3<Double>) -> Int) {
    guard let p = position, let o = orientation, let s = spacing else { return }
    pixels = (0..<(rows * columns)).map { index in
      let (x, y) = (Double(index % columns) * s[1], Double(index / columns) * s[0])
      return f(SIMD3(p[0] + o[0] * x + o[3] * y, p[1] + o[1] * x + o[4] * y, p[2] + o[2] * x + o[5] * y)) + 1024
    }
  }

  var bytes: [UInt8] {
    var meta = element(2, 1, "OB", [0, 1])
    meta += text(2, 2, "UI", sopClass) + text(2, 3, "UI", "1.2.3.4") + text(2, 16, "UI", transferSyntax)
    var data = text(8, 8, "CS", imageType) + text(8, 0x16, "UI", sopClass) + text(8, 0x60, "CS", modality)
    data += text(8, 0x103e, "LO", seriesDescription)
    data += numbers(0x18, 0x50, thickness.map { [$0] })
    data += text(0x20, 0xe, "UI", seriesUID) + text(0x20, 0x13, "IS", "\(instanceNumber)")
    let isEnhanced = !framePositions.isEmpty
    if !isEnhanced { data += numbers(0x20, 0x32, position) + numbers(0x20, 0x37, orientation) }
    data += word(0x28, 2, samplesPerPixel) + text(0x28, 4, "CS", samplesPerPixel == 1 ? "MONOCHROME2" : "RGB")
    if samplesPerPixel > 1 { data += word(0x28, 6, 0) }
    if isEnhanced { data += text(0x28, 8, "IS", "\(framePositions.count)") }
    data += word(0x28, 0x10, rows) + word(0x28, 0x11, columns)
    if !isEnhanced { data += numbers(0x28, 0x30, spacing) }
    data +=
      word(0x28, 0x100, bitsAllocated) + word(0x28, 0x101, bitsStored) + word(0x28, 0x102, highBit ?? bitsStored - 1)
    data += word(0x28, 0x103, isSigned ? 1 : 0)
    let rescale =
      (intercept.map { text(0x28, 0x1052, "DS", $0) } ?? []) + (slope.map { text(0x28, 0x1053, "DS", $0) } ?? [])
    if isEnhanced {
      let shared =
        sequence(0x20, 0x9116, [numbers(0x20, 0x37, orientation)])
        + sequence(0x28, 0x9110, [numbers(0x28, 0x30, spacing)]) + sequence(0x28, 0x9145, [rescale])
      data += sequence(0x5200, 0x9229, [shared])
      data += sequence(0x5200, 0x9230, framePositions.map { sequence(0x20, 0x9113, [numbers(0x20, 0x32, $0)]) })
    } else {
      data += rescale
    }
    let stored = pixels.flatMap { pixel in
      (0..<(bitsAllocated / 8)).map { UInt8(truncatingIfNeeded: pixel >> (8 * $0)) }
    }
    data += element(0x7fe0, 0x10, bitsAllocated > 8 ? "OW" : "OB", stored)
    let start = [UInt8](repeating: 0, count: 128) + Array("DICM".utf8)
    return (start + element(2, 0, "UL", little(meta.count, 4)) + meta + data).dropLast(cutBytes)
  }

  private func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private func element(_ group: Int, _ number: Int, _ representation: String, _ value: [UInt8]) -> [UInt8] {
    let padded = value.count % 2 == 0 ? value : value + [representation == "UI" || representation == "OB" ? 0 : 0x20]
    let isLong = ["OB", "OW", "SQ"].contains(representation)
    let length = isLong ? [0, 0] + little(padded.count, 4) : little(padded.count, 2)
    return little(group, 2) + little(number, 2) + Array(representation.utf8) + length + padded
  }

  private func sequence(_ group: Int, _ number: Int, _ items: [[UInt8]]) -> [UInt8] {
    element(group, number, "SQ", items.flatMap { [0xfe, 0xff, 0x00, 0xe0] + little($0.count, 4) + $0 })
  }

  private func text(_ group: Int, _ number: Int, _ representation: String, _ value: String) -> [UInt8] {
    element(group, number, representation, Array(value.utf8))
  }

  private func numbers(_ group: Int, _ number: Int, _ values: [Double]?) -> [UInt8] {
    values.map { text(group, number, "DS", $0.map { "\($0)" }.joined(separator: "\\")) } ?? []
  }

  private func word(_ group: Int, _ number: Int, _ value: Int) -> [UInt8] {
    element(group, number, "US", little(value, 2))
  }
}

/// The helper as it was built beside the test bundle.
let builtReader: String = {
  let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  return (bundle as NSString).deletingLastPathComponent + "/islet-dicom"
}()
