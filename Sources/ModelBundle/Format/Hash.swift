import Crypto

/// SHA-256 of bytes, as bytes or as hexadecimal digits.
enum Hash {
  /// 32 bytes.
  static func sha256(of bytes: some Collection<UInt8>) -> [UInt8] {
    let digest = bytes.withContiguousStorageIfAvailable { sha256(of: UnsafeRawBufferPointer($0)) }
    return digest ?? Array(bytes).withUnsafeBytes { sha256(of: $0) }
  }

  /// 32 bytes.
  static func sha256(of bytes: UnsafeRawBufferPointer) -> [UInt8] {
    var function = SHA256()
    function.update(bufferPointer: bytes)
    return Array(function.finalize())
  }

  /// 64 lower-case digits for 32 bytes.
  static func hexadecimal(_ hash: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: hash.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// Whether `text` could be a SHA-256: 64 lower-case hexadecimal digits.
  static func isHexadecimal(_ text: String) -> Bool {
    text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
