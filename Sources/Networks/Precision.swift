import CDNNL

/// The arithmetic of a network's convolutions; sums are always float32 (int32 for int8).
public enum Precision: String, CaseIterable, Hashable, Sendable {
  /// Weights and activations of 4 bytes; the reference.
  case float32
  /// Weights and activations rounded to bfloat16, 2 bytes each.
  case bfloat16
  /// Weights of int8 with a scale a channel, activations of uint8 with a scale a layer, found by calibration.
  case int8

  /// Whether this processor has instructions for it: AVX512_BF16 for bfloat16, AVX512_VNNI for int8.
  ///
  /// As oneDNN sees it, so `ONEDNN_MAX_CPU_ISA` counts. Without them the same arithmetic is slower than float32, or less
  /// exact: 8-bit products of AVX2 saturate.
  public var isOffered: Bool {
    let found = dnnl_get_effective_cpu_isa().rawValue
    let needed: UInt32 =
      switch self {
      case .float32: 0
      case .bfloat16: dnnl_cpu_isa_avx512_core_bf16.rawValue
      case .int8: dnnl_cpu_isa_avx512_core_vnni.rawValue
      }
    return found & needed == needed
  }
}
