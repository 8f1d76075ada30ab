import CDNNL
import CFilters

/// Islet's own float32 kernels, for one instruction set.
struct Filters: Sendable {
  enum InstructionSet: String, CaseIterable, Comparable {
    case any = "any x86-64"
    case avx2 = "AVX2"
    case avx512 = "AVX-512"

    static func < (one: InstructionSet, two: InstructionSet) -> Bool { one.kernels.rawValue < two.kernels.rawValue }

    fileprivate var kernels: islet_filters_isa {
      switch self {
      case .any: islet_filters_any
      case .avx2: islet_filters_avx2
      case .avx512: islet_filters_avx512
      }
    }
  }

  let instructionSet: InstructionSet
  private var isa: islet_filters_isa { instructionSet.kernels }

  /// The best instruction set that `limit`, the CPU and oneDNN's setting allow.
  ///
  /// oneDNN's setting counts too (`ONEDNN_MAX_CPU_ISA`), so that one variable simulates a smaller CPU.
  init(limit: InstructionSet = .avx512) {
    let best = islet_filters_best_isa()
    let oneDNN = dnnl_get_effective_cpu_isa().rawValue
    let allowed: InstructionSet =
      if oneDNN >= dnnl_cpu_isa_avx512_core.rawValue { .avx512 } else if oneDNN >= dnnl_cpu_isa_avx2.rawValue {
        .avx2
      } else { .any }
    let possible = InstructionSet.allCases.filter {
      $0 <= limit && $0 <= allowed && $0.kernels.rawValue <= best.rawValue
    }
    instructionSet = possible.max() ?? .any
  }

  /// 2x2 maximum of `part` into `result`; a last odd row or column counts alone.
  func pool(
    _ part: MapRegion, of source: Activation, to result: MapRegion, of target: Activation, channels: Int
  ) {
    islet_filters_pool(isa, source.floats(part), target.floats(result), channels)
  }

  /// Output = max(bias + convolution, floor) with weights as `islet_filters_pack_direct` packs them.
  func direct(
    _ part: MapRegion, of source: Activation, to result: MapRegion, of target: Activation, _ weights: FilterWeights
  ) {
    let layer = weights.layer
    islet_filters_direct(
      isa, source.floats(part), target.floats(result), weights.packed, weights.bias, weights.floor,
      layer.storedOutChannels, layer.storedInChannels, layer.kernel)
  }

  /// The same for a 3x3 kernel by Winograd's minimal filtering; zeros stand outside what `source` holds.
  func winograd(
    from source: Activation, to result: MapRegion, of target: Activation, _ weights: FilterWeights,
    scratch: UnsafeMutableRawPointer
  ) {
    let layer = weights.layer
    islet_filters_winograd(
      isa, source.floats(source.region), result.rows.lowerBound - layer.padding - source.region.rows.lowerBound,
      result.columns.lowerBound - layer.padding - source.region.columns.lowerBound, target.floats(result),
      weights.packed, weights.bias, weights.floor, layer.storedOutChannels, layer.storedInChannels,
      scratch.assumingMemoryBound(to: Float.self))
  }
}

extension Activation {
  /// A part of a float32 map as the kernels see it.
  fileprivate func floats(_ part: MapRegion) -> islet_filters_map {
    let stride = positionBytes / MemoryLayout<Float>.size
    let origin = address(row: part.rows.lowerBound, column: part.columns.lowerBound)
    return islet_filters_map(
      origin: origin.assumingMemoryBound(to: Float.self), row_stride: region.columns.count * stride,
      column_stride: stride, rows: part.rows.count, columns: part.columns.count)
  }
}
