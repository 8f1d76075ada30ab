import CEngineLibrary

/// Data type of weights and activations; sums are always float32 (int32 for int8).
public enum Precision: String, Hashable, Sendable, CaseIterable {
  /// 4 bytes a value; the reference.
  case float32
  /// 2 bytes a value, 8 bits of significand; score maps and everything after them stay float32.
  case bfloat16
  /// 1 byte a value: int8 weights with a scale a channel, uint8 activations with a scale a layer, found by calibration;
  /// score maps and everything after them stay float32.
  case int8

  /// Bytes of one weight or activation.
  public var byteCount: Int {
    switch self {
    case .float32: 4
    case .bfloat16: 2
    case .int8: 1
    }
  }

  /// Whether this processor has instructions for it: AVX512_BF16 for bfloat16, AVX512_VNNI for int8.
  ///
  /// As oneDNN sees it, so `ONEDNN_MAX_CPU_ISA` counts. Without them the same arithmetic is slower than float32, or less
  /// exact: 8-bit products of AVX2 saturate. oneDNN is not asked and not opened: a plan is made in the host's process, where
  /// oneDNN would end the host when memory is refused.
  public var isOffered: Bool {
    switch self {
    case .float32: true
    case .bfloat16: cenginelibrary_has_bfloat16() != 0
    case .int8: cenginelibrary_has_vnni() != 0
    }
  }
}
