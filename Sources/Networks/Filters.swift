import CDNNL
import CFilters

/// The instruction set that Islet's own kernels use: the best that both the CPU and oneDNN's setting allow.
///
/// oneDNN's setting counts too (`ONEDNN_MAX_CPU_ISA`), so that one variable simulates a smaller CPU.
struct Filters: Sendable {
  private let isa: islet_filters_isa

  init() {
    let allowed = dnnl_get_effective_cpu_isa().rawValue
    let best = islet_filters_best_isa()
    isa =
      if best == islet_filters_avx512, allowed >= dnnl_cpu_isa_avx512_core.rawValue {
        best
      } else if best != islet_filters_any, allowed >= dnnl_cpu_isa_avx2.rawValue {
        islet_filters_avx2
      } else {
        islet_filters_any
      }
  }

  /// Name of the instruction set, for reports.
  var name: String {
    switch isa {
    case islet_filters_avx512: "AVX-512"
    case islet_filters_avx2: "AVX2"
    default: "any x86-64"
    }
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
