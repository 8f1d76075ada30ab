import CJPEG
import Foundation

@testable import Pictures

/// The way back from a JPEG file, for these tests only.
struct JPEGDecodingError: Error { let reason: String }

func decodeJPEG(_ bytes: [UInt8]) throws -> RGBImage {
  var rgb: UnsafeMutablePointer<UInt8>?
  var (rows, columns): (UInt32, UInt32) = (0, 0)
  var reason = [CChar](repeating: 0, count: Int(CJPEG_MESSAGE_BYTES))
  let status = cjpeg_decode_rgb(bytes, bytes.count, &rgb, &rows, &columns, &reason)
  defer { cjpeg_free(rgb) }
  guard status == 0 else {
    throw JPEGDecodingError(
      reason: String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
  }
  let count = Int(rows) * Int(columns) * 3
  guard
    let image = RGBImage(
      rows: Int(rows), columns: Int(columns), rgb: Array(UnsafeBufferPointer(start: rgb, count: count)))
  else { throw JPEGDecodingError(reason: "\(count) bytes for \(rows) x \(columns)") }
  return image
}
