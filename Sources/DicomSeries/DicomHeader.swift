/// What one CT file says about itself, and where its pixels lie.
struct DicomHeader {
  let path: String
  let syntax: TransferSyntax
  let pixels: PixelDescription
  let place: Place
  let values: DicomValues
  let shared: DicomValues
  let ofFrame: [DicomValues]

  /// Where the stored values of the frames are.
  enum Place {
    /// In the file, as they are, from this byte.
    case native(offset: Int, isBigEndian: Bool)
    /// In a deflated data set, from this byte after inflating; the file is inflated again when they are read.
    case deflated(offset: Int)
    /// One RLE fragment a frame.
    case runLengths([Range<Int>])
    /// In fragments of JPEG, JPEG-LS or JPEG 2000, for the helper process to decode.
    case encapsulated
  }

  /// Throws `unreadableFile`, `invalidAttribute` or `unsupported`.
  init(_ walk: DataSetWalk, source: any DicomBytes, syntax: TransferSyntax) throws(DicomError) {
    path = walk.path
    self.syntax = syntax
    (values, shared, ofFrame) = (walk.values, walk.shared, walk.ofFrame)
    pixels = try PixelDescription(walk.values, path: path)
    guard let found = walk.pixels else {
      throw DicomError(.unreadableFile, "\(path): Pixel Data (7FE0,0010) is missing; copy or export the file again")
    }
    switch found {
    case .native(let offset, let length):
      guard !syntax.isEncapsulated else {
        throw DicomError(
          .unreadableFile,
          "\(path): Pixel Data (7FE0,0010) has a length, but its transfer syntax (\(syntax.name)) needs fragments")
      }
      _ = try pixels.checkNative(length: length, path: path)
      guard syntax != .explicitBigEndian || pixels.bitsAllocated == 16 else {
        throw DicomError(
          .unsupported,
          "\(path): is big endian with \(pixels.bitsAllocated) bits a pixel, only 16 are read; convert it to little endian"
        )
      }
      place =
        syntax == .deflated
        ? .deflated(offset: offset) : .native(offset: offset, isBigEndian: syntax == .explicitBigEndian)
    case .fragments(let fragments):
      guard syntax.isEncapsulated else {
        throw DicomError(
          .unreadableFile,
          "\(path): Pixel Data (7FE0,0010) lies in fragments, but its transfer syntax (\(syntax.name)) has none")
      }
      try CodestreamCheck(source, path: path, syntax: syntax, pixels: pixels).check(fragments)
      place = syntax == .rle ? .runLengths(fragments) : .encapsulated
    }
  }
}
