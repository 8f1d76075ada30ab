import CFilters

/// Weights and bias of one convolution, packed for Islet's own float32 kernels; shared by all threads and sizes.
///
/// 3x3 kernels go by Winograd's minimal filtering, all others by direct sums: a choice of the layer alone, never of a
/// size or a measurement, so that results are reproducible (docs/decisions/0011-own-float32-kernels.md).
final class FilterWeights: @unchecked Sendable {  // Nobody writes after `FilterPacking`.
  let layer: ConvolutionLayer
  /// As many floats as the packing has, and [stored out channels].
  let packed: UnsafeMutablePointer<Float>, bias: UnsafeMutablePointer<Float>
  /// Outputs are at least this: 0 for a ReLU.
  let floor: Float
  private let filters: Filters
  var instructionSet: Filters.InstructionSet { filters.instructionSet }
  private let memory: any WeightMemory

  /// The next blocks of `memory`: a filled one has packed weights and bias, another one gets them by `FilterPacking`.
  init(_ layer: ConvolutionLayer, filters: Filters, in memory: any WeightMemory) throws(NetworkError) {
    (self.layer, self.filters, self.memory) = (layer, filters, memory)
    floor = layer.hasReLU ? 0 : -.infinity
    packed = try memory.nextFloats(layer.filterFloats)
    bias = try memory.nextFloats(layer.storedOutChannels)
  }

  fileprivate func pack(_ weights: [Float], outputs part: Range<Int>) {
    let (stored, range) = (layer.stored(weights: weights, outputs: part), layer.stored(outputs: part))
    if layer.isWinograd {
      islet_filters_pack_winograd(
        packed, stored, range.lowerBound, range.count, layer.storedOutChannels, layer.storedInChannels)
    } else {
      islet_filters_pack_direct(
        packed, stored, range.lowerBound, range.count, layer.storedInChannels, layer.kernel)
    }
  }

  /// Bytes of scratch memory to compute `region`.
  func scratchByteCount(of region: MapRegion) -> Int { layer.filterScratchBytes(of: region) }

  /// Computes `writes` of `target`; zeros stand outside what `source` holds.
  func run(from source: Activation, to target: Activation, writes: MapRegion, scratch: UnsafeMutableRawPointer) {
    defer { withExtendedLifetime(self) {} }
    if layer.isWinograd {
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
  /// Floats of the packed weights.
  var filterFloats: Int {
    isWinograd
      ? islet_filters_winograd_floats(storedOutChannels, storedInChannels)
      : islet_filters_direct_floats(storedOutChannels, storedInChannels, kernel)
  }

  /// Bytes of scratch memory to compute `region`.
  func filterScratchBytes(of region: MapRegion) -> Int {
    if isWinograd {
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

/// Weights of one convolution on their way into `FilterWeights`.
struct FilterPacking {
  private let packed: FilterWeights

  init(
    _ layer: ConvolutionLayer, bias: [Float], filters: Filters, in memory: any WeightMemory
  ) throws(NetworkError) {
    packed = try FilterWeights(layer, filters: filters, in: memory)
    packed.bias.update(repeating: 0, count: layer.storedOutChannels)
    packed.bias.update(from: bias, count: layer.outChannels)
  }

  /// Packs `weights` [part, in, kernel rows, kernel columns]; parts start at multiples of 16.
  func add(_ weights: [Float], outputs part: Range<Int>) { packed.pack(weights, outputs: part) }

  func finish() -> FilterWeights { packed }
}
