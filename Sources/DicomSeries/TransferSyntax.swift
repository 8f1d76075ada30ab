/// How a data set and its pixels are encoded: the transfer syntaxes that are read (PS3.5, chapters 8 and 10; PS3.6, A-1).
enum TransferSyntax: String, CaseIterable {
  case implicitLittleEndian = "1.2.840.10008.1.2"
  case explicitLittleEndian = "1.2.840.10008.1.2.1"
  case deflated = "1.2.840.10008.1.2.1.99"
  case explicitBigEndian = "1.2.840.10008.1.2.2"
  case jpegBaseline = "1.2.840.10008.1.2.4.50"
  case jpegExtended = "1.2.840.10008.1.2.4.51"
  case jpegLossless = "1.2.840.10008.1.2.4.57"
  case jpegLosslessFirstOrder = "1.2.840.10008.1.2.4.70"
  case jpegLS = "1.2.840.10008.1.2.4.80"
  case jpegLSNearLossless = "1.2.840.10008.1.2.4.81"
  case jpeg2000Lossless = "1.2.840.10008.1.2.4.90"
  case jpeg2000 = "1.2.840.10008.1.2.4.91"
  case rle = "1.2.840.10008.1.2.5"

  /// Pixels in fragments, for the helper process to decode; the others are read here.
  var isEncapsulated: Bool {
    switch self {
    case .implicitLittleEndian, .explicitLittleEndian, .deflated, .explicitBigEndian: false
    default: true
    }
  }

  /// The standard's short name.
  var name: String {
    switch self {
    case .implicitLittleEndian: "implicit little endian"
    case .explicitLittleEndian: "explicit little endian"
    case .deflated: "deflated little endian"
    case .explicitBigEndian: "explicit big endian"
    case .jpegBaseline: "JPEG baseline"
    case .jpegExtended: "JPEG extended"
    case .jpegLossless: "JPEG lossless (process 14)"
    case .jpegLosslessFirstOrder: "JPEG lossless (process 14, first-order)"
    case .jpegLS: "JPEG-LS lossless"
    case .jpegLSNearLossless: "JPEG-LS near-lossless"
    case .jpeg2000Lossless: "JPEG 2000 lossless"
    case .jpeg2000: "JPEG 2000"
    case .rle: "RLE lossless"
    }
  }

  /// May have changed voxels; JPEG 2000 (.91) may be lossless and mostly is not.
  var isLossy: Bool {
    switch self {
    case .jpegBaseline, .jpegExtended, .jpegLSNearLossless, .jpeg2000: true
    default: false
    }
  }
}
