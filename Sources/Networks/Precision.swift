/// Data type of weights and activations; sums are always float32.
public enum Precision: String, Hashable, Sendable, CaseIterable {
  /// 4 bytes a value.
  case float32
  /// 2 bytes a value, 8 bits of significand; score maps and everything after them stay float32.
  case bfloat16

  /// Bytes of one weight or activation.
  public var byteCount: Int {
    switch self {
    case .float32: 4
    case .bfloat16: 2
    }
  }
}
