@testable import DicomSeries
import Testing

/// Whole-number conversion against the formula in floating point, over every bit depth, sign and intercept.
struct StoredValuesTests {
  /// Straight from PS3.3, C.11.1.1.2: the stored bits as a number, times slope, plus intercept.
  func reference(_ word: UInt16, _ pixels: PixelDescription, intercept: Double) -> Int16 {
    let bits = (Int(word) >> (pixels.highBit + 1 - pixels.bitsStored)) & (1 << pixels.bitsStored - 1)
    let isNegative = pixels.isSigned && bits >> (pixels.bitsStored - 1) == 1
    let value = Double(isNegative ? bits - 1 << pixels.bitsStored : bits) + intercept
    return Int16(max(-32768, min(32767, value)))
  }

  @Test func wordsInPlaceEqualTheFormula() throws {
    var random = SplitMix64(state: 7)
    for count in [1, 7, 8, 63, 1001] {
      for (stored, high) in [(16, 15), (12, 11), (12, 15), (1, 0), (13, 13)] {
        for (isSigned, intercept) in [(false, 0.0), (true, -1024), (false, -1024), (true, 65536), (false, -65536)] {
          var values = DicomValues()
          func set(_ tag: Int, _ number: Int) { values[tag] = [UInt8(number & 255), UInt8(number >> 8)] }
          set(DicomTag.rows, 1)
          set(DicomTag.columns, count)
          set(DicomTag.samplesPerPixel, 1)
          set(DicomTag.bitsAllocated, 16)
          set(DicomTag.bitsStored, stored)
          set(DicomTag.highBit, high)
          set(DicomTag.pixelRepresentation, isSigned ? 1 : 0)
          values[DicomTag.photometricInterpretation] = Array("MONOCHROME2".utf8)
          let pixels = try PixelDescription(values, path: "a")
          let words = (0..<count).map { _ in UInt16(truncatingIfNeeded: random.next()) }
          for isBigEndian in [false, true] {
            var plane = [Int16](repeating: 0, count: count)
            try plane.withUnsafeMutableBufferPointer { plane throws(DicomError) in
              try StoredValues(pixels, slope: 1, intercept: intercept, isBigEndian: isBigEndian).fill(plane) { buffer in
                for (index, word) in words.enumerated() {
                  buffer.storeBytes(
                    of: isBigEndian ? word.bigEndian : word.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
                }
              }
            }
            #expect(plane == words.map { reference($0, pixels, intercept: intercept) }, "\(pixels) \(intercept)")
          }
        }
      }
    }
  }
}
