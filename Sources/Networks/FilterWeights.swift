import CFilters

/// Weights and bias of one convolution, packed for Islet's own float32 kernels; shared by all threads and sizes.
///
/// 3x3 kernels go by Winograd's minimal filtering, all others by direct sums: a choice of the layer alone, never of a
/// size or a measurement, so that results are reproducible (docs/decisions/0010-own-kernels.md).
final class FilterWeights: @unchecked Sendable {  // Nobody writes after init.
  let layer: ConvolutionLayer
  /// As many floats as the packing has, and [stored out channels].
  let packed: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>
  /// Outputs are at least this: 0 for a ReLU.
  let floor: Float
  private let filters: Filters
  private let packedBuffer = AlignedBuffer(), biasBuffer = AlignedBuffer()

  /// Packs `weights` [out, in, kernel rows, kernel columns].
  init(_ layer: ConvolutionLayer, weights: [Float], bias values: [Float], filters: Filters) throws(NetworkError) {
    (self.layer, self.filters) = (layer, filters)
    let (outputs, inputs, kernel) = (layer.storedOutChannels, layer.storedInChannels, layer.kernel)
    floor = layer.hasReLU ? 0 : -.infinity
    packed = try packedBuffer.reserve(floats: layer.filterFloats)
    bias = try biasBuffer.reserve(floats: outputs)
    bias.update(repeating: 0, count: outputs)
    bias.update(from: values, count: layer.outChannels)
    let stored = layer.stored(weights: weights)
    if layer.usesWinograd {
      islet_filters_pack_winograd(packed, stored, outputs, inputs)
    } else {
      islet_filters_pack_direct(packed, stored, outputs, inputs, kernel)
    }
  }

  /// Bytes of scratch memory to compute `region`.
  func scratchByteCount(of region: MapRegion) -> Int { layer.filterScratchBytes(of: region) }

  /// Computes `writes` of `target`; zeros stand outside what `source` holds.
  func run(from source: Activation, to target: Activation, writes: MapRegion, scratch: UnsafeMutableRawPointer) {
    defer { withExtendedLifetime(self) {} }
    if layer.usesWinograd {
      filters.winograd(from: source, to: writes, of: target, self, scratch: scratch)
      return
    }
    let reads = layer.padded(writes)
    guard layer.padding > 0 else {
      filters.direct(reads, of: source, to: writes, of: target, self)
      return
    }
    let input = Activation(memory: scratch, region: reads, positionBytes: source.positionBytes)
    let inside = MapRegion(
      rows: reads.rows.clamped(to: source.region.rows), columns: reads.columns.clamped(to: source.region.columns))
    input.clear(outside: inside)
    input.copy(inside, from: source)
    filters.direct(reads, of: input, to: writes, of: target, self)
  }
}

// What a layer takes with these kernels, known before its weights are.
extension ConvolutionLayer {
  fileprivate var usesWinograd: Bool { kernel == 3 && storedInChannels.isMultiple(of: 16) }

  /// Floats of the packed weights.
  var filterFloats: Int {
    usesWinograd
      ? islet_filters_winograd_floats(storedOutChannels, storedInChannels)
      : islet_filters_direct_floats(storedOutChannels, storedInChannels, kernel)
  }

  /// Bytes of scratch memory to compute `region`.
  func filterScratchBytes(of region: MapRegion) -> Int {
    if usesWinograd {
      return MemoryLayout<Float>.size
        * islet_filters_winograd_scratch(
          storedOutChannels, storedInChannels, region.rows.count, region.columns.count)
    }
    return padding == 0 ? 0 : padded(region).positionCount * storedInChannels * MemoryLayout<Float>.size
  }

  /// Everything that the windows of `region` see, the zeros around the map included.
  fileprivate func padded(_ region: MapRegion) -> MapRegion {
    func grown(_ range: Range<Int>) -> Range<Int> {
      range.lowerBound - padding..<range.upperBound - padding + kernel - 1
    }
    return MapRegion(rows: grown(region.rows), columns: grown(region.columns))
  }
}
