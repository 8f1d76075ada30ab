import Crypto

/// The first 128 bytes of a bundle: what the file is, how long it is, where the manifest lies and what its hash is.
///
/// | bytes | content, little endian |
/// |---|---|
/// | 0..<8 | magic: "ISLET", CR LF, 0x1A (shows a transfer as text, ends a listing on a terminal) |
/// | 8..<10, 10..<12 | format version: major, minor |
/// | 12..<16 | bytes of this header: 128 |
/// | 16..<24 | bytes of the file |
/// | 24..<32, 32..<40 | manifest: offset (128), bytes |
/// | 40..<72 | SHA-256 of the manifest |
/// | 72..<80, 80..<88 | signature: offset, bytes; both 0 when there is none |
/// | 88..<96 | offset of the first section |
/// | 96..<120 | reserved, 0 |
/// | 120..<128 | the first 8 bytes of the SHA-256 of bytes 0..<120 |
struct BundleHeader: Equatable {
  static let byteCount = 128
  static let magic: [UInt8] = [0x49, 0x53, 0x4C, 0x45, 0x54, 0x0D, 0x0A, 0x1A]
  static let major: UInt16 = 1
  static let minor: UInt16 = 0
  /// Sections and manifest start at multiples of this.
  static let alignment = 64
  /// A manifest lists about 1,700 chunks for the paper's six networks in float16, which takes 200 kB.
  static let largestManifest = 4 << 20
  /// A manifest has a value in 15 to 20 bytes; beyond the first 1,024 values this is the least.
  static let bytesPerValue = 10

  let fileSize: Int
  let manifestSize: Int
  let manifestHash: [UInt8]
  /// 0 without a signature; else it is the last thing in the file.
  let signatureSize: Int

  var manifestOffset: Int { Self.byteCount }
  var manifestEnd: Int { Self.byteCount + manifestSize }
  var sectionsOffset: Int { Self.aligned(manifestEnd) }
  var signatureOffset: Int { signatureSize == 0 ? 0 : fileSize - signatureSize }

  /// The next multiple of `alignment`; `offset` must be far from Int.max, which a file's size is.
  static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) & ~(alignment - 1) }

  init(fileSize: Int, manifestSize: Int, manifestHash: [UInt8], signatureSize: Int = 0) {
    (self.fileSize, self.manifestSize, self.manifestHash) = (fileSize, manifestSize, manifestHash)
    self.signatureSize = signatureSize
  }

  /// Reads a header; `actualSize` is the size of the file it was found in.
  ///
  /// Refuses in this order: no bundle at all, another major version, damage, contradictions.
  init(decoding bytes: [UInt8], actualSize: Int, file: String) throws(BundleError) {
    guard bytes.starts(with: Self.magic) else {
      if bytes.starts(with: Self.magic.prefix(5)) && bytes.count >= 8 {
        throw BundleError(
          code: .notABundle,
          message: "\(file): the first bytes were changed as if the file were text; transfer it again as binary")
      }
      throw BundleError(code: .notABundle, message: "\(file): not an Islet bundle (wrong first bytes)")
    }
    guard bytes.count == Self.byteCount else {
      throw BundleError(
        code: .corrupt, message: "\(file): cut off inside its header, after \(bytes.count) bytes; fetch it again")
    }
    func integer(_ offset: Int, _ count: Int) -> UInt64 {
      bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    let (major, minor) = (integer(8, 2), integer(10, 2))
    guard major == Self.major else {
      throw BundleError(
        code: .unsupportedVersion,
        message: "\(file): bundle format \(major).\(minor), this version reads \(Self.major).x; update Islet")
    }
    guard Array(bytes[120...]) == Self.checksum(of: bytes) else {
      throw BundleError(code: .corrupt, message: "\(file): the header was changed (checksum differs); fetch it again")
    }
    let declaredSize = integer(16, 8)
    guard declaredSize == UInt64(actualSize) else {
      throw BundleError(
        code: .corrupt,
        message: "\(file): \(actualSize) bytes, its header says \(declaredSize); fetch it again")
    }
    let size = integer(32, 8)
    guard size >= 2, size <= Self.largestManifest else {
      throw BundleError(
        code: .corrupt, message: "\(file): a manifest of \(size) bytes; 2...\(Self.largestManifest) are allowed")
    }
    let signatureSize = integer(80, 8)
    guard signatureSize <= Signature.largestSize, signatureSize < actualSize else {
      throw BundleError(
        code: .corrupt,
        message: "\(file): a signature of \(signatureSize) bytes; at most \(Signature.largestSize) are allowed")
    }
    self.init(
      fileSize: actualSize, manifestSize: Int(size), manifestHash: Array(bytes[40..<72]),
      signatureSize: Int(signatureSize))
    let isReservedZero = minor > Self.minor || bytes[96..<120].allSatisfy { $0 == 0 }
    guard integer(12, 4) == Self.byteCount, integer(24, 8) == manifestOffset, integer(88, 8) == sectionsOffset,
      integer(72, 8) == signatureOffset, isReservedZero,
      sectionsOffset < (signatureSize == 0 ? fileSize : signatureOffset)
    else {
      throw BundleError(
        code: .corrupt,
        message: "\(file): the header's offsets contradict each other; the manifest must start at byte"
          + " \(manifestOffset), the sections at \(sectionsOffset) of \(fileSize)")
    }
  }

  /// The 128 bytes.
  func encoded() -> [UInt8] {
    var bytes = Self.magic
    func append<T: FixedWidthInteger>(_ value: T) {
      withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    append(Self.major)
    append(Self.minor)
    append(UInt32(Self.byteCount))
    append(UInt64(fileSize))
    append(UInt64(manifestOffset))
    append(UInt64(manifestSize))
    bytes += manifestHash
    append(UInt64(signatureOffset))
    append(UInt64(signatureSize))
    append(UInt64(sectionsOffset))
    bytes += [UInt8](repeating: 0, count: 24)
    return bytes + Self.checksum(of: bytes)
  }

  private static func checksum(of bytes: [UInt8]) -> [UInt8] { Array(Hash.sha256(of: bytes[..<120]).prefix(8)) }
}
