import DicomSeries
import Foundation
import Testing
import Volumes

@testable import ResultFiles

/// An organ as a bundle would describe it.
let pancreas = SegmentedOrgan(
  value: 1, name: "pancreas", category: CodedConcept("123037004", "SCT", "Anatomical Structure"),
  type: CodedConcept("15776009", "SCT", "Pancreas"), colour: SIMD3(60, 150, 80))

let testOrigin = ResultOrigin(
  algorithm: "islet test", version: "1.2.3", fingerprint: "0123abcd", software: "islet 0\\plugin 0", date: "20261125",
  time: "221500")

/// A series of `count` images with a patient.
func testSeries(_ count: Int, frames: Bool = false, without missing: UInt32? = nil) -> SourceSeries {
  let attributes: [(UInt32, String, String)] = [
    (0x0008_0005, "CS", "ISO_IR 100"), (0x0008_0020, "DA", "20260102"), (0x0008_0030, "TM", "101112"),
    (0x0008_0050, "SH", "ACCESSION"), (0x0008_0090, "PN", "REFERRER^A"), (0x0010_0010, "PN", "SECRET^NAME"),
    (0x0010_0020, "LO", "SECRETID"), (0x0010_0030, "DA", "19500203"), (0x0010_0040, "CS", "O"),
    (0x0020_000D, "UI", "1.2.3"), (0x0020_000E, "UI", "1.2.3.4"), (0x0020_0010, "SH", "STUDYID"),
    (0x0020_0052, "UI", "1.2.3.5"),
  ]
  return SourceSeries(
    images: (0..<count).map {
      SourceSeries.Image(
        sopClassUID: "1.2.840.10008.5.1.4.1.1.2", sopInstanceUID: frames ? "1.2.3.6" : "1.2.3.6.\($0 + 1)",
        frameNumber: frames ? $0 + 1 : nil)
    },
    attributes: attributes.filter { $0.0 != missing }.map {
      SourceSeries.Attribute(tag: $0.0, representation: $0.1, value: Array($0.2.utf8))
    })
}

/// A grid of any axis order and flips.
func testGeometry(
  _ size: (Int, Int, Int), spacing: SIMD3<Double> = SIMD3(0.7, 0.8, 2.5), origin: SIMD3<Double> = SIMD3(-50, 20, 300),
  direction: [SIMD3<Double>] = VolumeGeometry.identityDirection
) throws -> VolumeGeometry {
  try VolumeGeometry(
    size: try #require(VolumeSize(x: size.0, y: size.1, z: size.2)), spacing: spacing, origin: origin,
    direction: direction)
}

/// SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Random voxels, or blobs when smoothed: every kind of piece, hole and diagonal contact.
func randomMask(_ size: VolumeSize, seed: UInt64, share: Int = 50) -> LabelMap {
  var generator = SeededGenerator(state: seed)
  var mask = LabelMap(empty: size)
  for index in mask.labels.indices { mask.labels[index] = generator.next() % 100 < share ? 1 : 0 }
  return mask
}

/// A parsed element: what a reader that knows nothing of the writer finds.
struct ParsedElement {
  var representation = ""
  var value: [UInt8] = []
  var items: [[UInt32: ParsedElement]] = []
  var text: String { String(decoding: value, as: UTF8.self).trimmingCharacters(in: CharacterSet(charactersIn: " \0")) }
  var numbers: [Double] { text.split(separator: "\\").compactMap { Double($0) } }
}

/// A small reader of little-endian DICOM with defined lengths, written from PS3.5 and not from the writer.
struct ParsedDicom {
  var meta: [UInt32: ParsedElement] = [:]
  var dataSet: [UInt32: ParsedElement] = [:]

  struct Malformed: Error {}

  init(_ bytes: [UInt8]) throws {
    guard bytes.count > 144, Array(bytes[128..<132]) == Array("DICM".utf8) else { throw Malformed() }
    let length = Self.number(bytes, 140, 4)
    meta = try Self.elements(bytes, 132..<144 + length, isExplicit: true)
    let isExplicit = meta[0x0002_0010]?.text != "1.2.840.10008.1.2"
    dataSet = try Self.elements(bytes, 144 + length..<bytes.count, isExplicit: isExplicit)
  }

  private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
    bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private static func elements(
    _ bytes: [UInt8], _ range: Range<Int>, isExplicit: Bool
  ) throws -> [UInt32: ParsedElement] {
    var found: [UInt32: ParsedElement] = [:]
    var (offset, last) = (range.lowerBound, -1)
    while offset < range.upperBound {
      let tag = number(bytes, offset, 2) << 16 | number(bytes, offset + 2, 2)
      guard tag > last else { throw Malformed() }
      last = tag
      var element = ParsedElement()
      let length: Int
      if isExplicit {
        element.representation = String(decoding: bytes[offset + 4..<offset + 6], as: UTF8.self)
        let isLong = ["OB", "OW", "SQ", "UN"].contains(element.representation)
        length = number(bytes, offset + (isLong ? 8 : 6), isLong ? 4 : 2)
        offset += isLong ? 12 : 8
      } else {
        length = number(bytes, offset + 4, 4)
        offset += 8
      }
      guard length % 2 == 0, offset + length <= range.upperBound else { throw Malformed() }
      let isSequence =
        isExplicit
        ? element.representation == "SQ" : length >= 8 && number(bytes, offset, 4) == 0xE000_FFFE
      if isSequence {
        var place = offset
        while place < offset + length {
          guard number(bytes, place, 4) == 0xE000_FFFE else { throw Malformed() }
          let count = number(bytes, place + 4, 4)
          element.items.append(try elements(bytes, place + 8..<place + 8 + count, isExplicit: isExplicit))
          place += 8 + count
        }
      } else {
        element.value = Array(bytes[offset..<offset + length])
      }
      found[UInt32(tag)] = element
      offset += length
    }
    return found
  }
}

/// A folder that goes with its owner.
final class TemporaryFolder {
  let path = NSTemporaryDirectory() + "/islet-results-" + UUID().uuidString

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))) }
}
