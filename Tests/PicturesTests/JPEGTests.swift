import CJPEG
import Foundation
import Testing

@testable import Pictures

/// A gray ramp with a coloured line of two pixels: what our pictures are made of.
private func rampWithLine(rows: Int, columns: Int) -> RGBImage {
  var image = RGBImage(blackRows: rows, columns: columns)
  for row in 0..<rows {
    for column in 0..<columns {
      let gray = UInt8(255 * (row + column) / max(1, rows + columns - 2))
      image.blend(RGBColour(red: gray, green: gray, blue: gray), opacity: 1, row: row, column: column)
      if column / 2 == columns / 4 { image.blend(.amber, opacity: 1, row: row, column: column) }
    }
  }
  return image
}

@Test(arguments: [(1, 1), (1, 17), (13, 1), (64, 48), (101, 97)])
func jpegRoundTripKeepsPixels(rows: Int, columns: Int) throws {
  let image = rampWithLine(rows: rows, columns: columns)
  let decoded = try decodeJPEG(JPEGEncoder.encode(image, quality: 95))
  try #require(decoded.rows == rows && decoded.columns == columns)
  let errors = zip(image.rgb, decoded.rgb).map { abs(Int($0) - Int($1)) }
  let worst = errors.max() ?? 0
  let mean = Double(errors.reduce(0, +)) / Double(errors.count)
  #expect(worst <= 24, "worst error \(worst) of 255 at \(rows) x \(columns)")
  #expect(mean <= 2, "mean error \(mean) of 255 at \(rows) x \(columns)")
}

@Test func lowerQualityMakesSmallerFiles() throws {
  let image = rampWithLine(rows: 200, columns: 200)
  #expect(try JPEGEncoder.encode(image, quality: 30).count < JPEGEncoder.encode(image, quality: 95).count)
}

@Test func outputLargerThanTheFirstBufferIsWhole() throws {
  var state: UInt64 = 7
  let noise = (0..<300 * 300 * 3).map { _ -> UInt8 in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 56)
  }
  let image = try #require(RGBImage(rows: 300, columns: 300, rgb: noise))
  let bytes = try JPEGEncoder.encode(image, quality: 100)
  #expect(bytes.count > 1 << 16)
  #expect(bytes.suffix(2) == [0xFF, 0xD9])
  let decoded = try decodeJPEG(bytes)
  let worst = zip(image.rgb, decoded.rgb).map { abs(Int($0) - Int($1)) }.max() ?? 255
  #expect(worst <= 8, "worst error \(worst)")
}

@Test func imageSizeIsRefusedByName() throws {
  for (rows, columns) in [(0, 0), (0, 5), (5, 0), (65_501, 1), (1, 65_501)] {
    let image = RGBImage(blackRows: rows, columns: columns)
    let error = #expect(throws: PictureError.self) { try JPEGEncoder.encode(image) }
    #expect(error?.code == .imageSize)
    #expect(error?.message.contains("65500") == true)
  }
}

@Test(arguments: [0, -1, 101, Int.max])
func qualityIsRefusedByName(quality: Int) throws {
  let error = #expect(throws: PictureError.self) {
    try JPEGEncoder.encode(rampWithLine(rows: 8, columns: 8), quality: quality)
  }
  #expect(error?.code == .quality)
  #expect(error?.message.contains("\(quality)") == true)
}

@Test func encodingErrorCarriesTheLibrarysReason() throws {
  let error = #expect(throws: PictureError.self) {
    try JPEGEncoder.compress([], rows: 0, columns: 0, quality: 90)
  }
  #expect(error?.code == .encoding)
  #expect((error?.message.count ?? 0) > "libjpeg could not write the picture: ".count)
}

@Test func grayscaleFilesDecodeToEqualChannels() throws {
  // 16 columns of 0, 16, ... 240, 8 equal rows; written by another encoder.
  let file = """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsK\
    DAkKCgr/wAALCAAIABABAREA/8QAFQABAQAAAAAAAAAAAAAAAAAACQr/xAAXEAADAQAAAAAAAAAAAAAAAAAACUSC/9oACAEBAAA/ADfW3BkoAW3Bk//Z
    """
  let image = try decodeJPEG([UInt8](try #require(Data(base64Encoded: file))))
  #expect(image.rows == 8 && image.columns == 16)
  for column in 0..<16 {
    let colour = try #require(image.colour(row: 3, column: column))
    #expect(colour.red == colour.green && colour.green == colour.blue)
    #expect(abs(Int(colour.red) - 16 * column) <= 4)
  }
}

@Test func damagedFilesAreErrors() throws {
  let whole = try JPEGEncoder.encode(rampWithLine(rows: 40, columns: 40))
  for length in [0, 1, 2, 20, whole.count / 2, whole.count - 40] {
    let error = #expect(throws: JPEGDecodingError.self) { try decodeJPEG(Array(whole.prefix(length))) }
    #expect(error?.reason.isEmpty == false)
  }
}

@Test func imageWithAWrongNumberOfBytesIsRefused() {
  #expect(RGBImage(rows: 2, columns: 2, rgb: [UInt8](repeating: 0, count: 11)) == nil)
  #expect(RGBImage(rows: -1, columns: -4, rgb: [UInt8](repeating: 0, count: 12)) == nil)
  #expect(RGBImage(rows: .max, columns: 3, rgb: []) == nil)
  #expect(RGBImage(rows: 2, columns: 2, rgb: [UInt8](repeating: 0, count: 12)) != nil)
}
