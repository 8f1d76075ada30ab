import CJPEG

/// Writes pictures as JPEG, by libjpeg.
public enum JPEGEncoder {
  /// More rows or columns than this do not fit in a JPEG (libjpeg's limit).
  public static let largestExtent = 65_500

  /// The bytes of a JPEG file.
  ///
  /// `quality` is libjpeg's scale, 1...100; colour is kept at full resolution so that thin outlines stay clean.
  /// Throws `.imageSize`, `.quality` or `.encoding`. Cost: one pass, about 5 ms for 720 x 720.
  public static func encode(_ image: RGBImage, quality: Int = 90) throws(PictureError) -> [UInt8] {
    for (name, extent) in [("rows", image.rows), ("columns", image.columns)] {
      guard extent >= 1, extent <= largestExtent else {
        throw PictureError(
          code: .imageSize, message: "the picture has \(extent) \(name), a JPEG holds 1 to \(largestExtent)")
      }
    }
    guard (1...100).contains(quality) else {
      throw PictureError(code: .quality, message: "JPEG quality is \(quality), expected 1 to 100")
    }
    return try compress(image.rgb, rows: image.rows, columns: image.columns, quality: quality)
  }

  /// Hands checked values to libjpeg; what it refuses all the same is an `.encoding` error.
  static func compress(_ rgb: [UInt8], rows: Int, columns: Int, quality: Int) throws(PictureError) -> [UInt8] {
    precondition(rows * columns * 3 <= rgb.count, "\(rgb.count) bytes do not hold \(rows) x \(columns) pixels")
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    var reason = [CChar](repeating: 0, count: Int(CJPEG_MESSAGE_BYTES))
    let status = rgb.withUnsafeBufferPointer {
      cjpeg_encode_rgb(
        $0.baseAddress, UInt32(rows), UInt32(columns), Int32(quality), &bytes, &count, &reason)
    }
    defer { cjpeg_free(bytes) }
    guard status == 0, bytes != nil else {
      let sentence = String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      throw PictureError(code: .encoding, message: "libjpeg could not write the picture: \(sentence)")
    }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }
}
