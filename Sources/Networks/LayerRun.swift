/// One step for one part of a map: reads positions of the map before it, writes positions of its own.
struct LayerRun: Sendable {
  enum Kernel: Sendable {
    case compiled(CompiledLayer)
    case filter(FilterWeights)
    case pool(Filters, channels: Int)
  }

  let kernel: Kernel
  let window: WindowGeometry
  /// Positions of the input that are read: those that exist of what the windows see.
  let reads: MapRegion
  let writes: MapRegion
  /// Bytes of scratch memory.
  let scratchByteCount: Int

  init(_ kernel: Kernel, window: WindowGeometry, writes: MapRegion, input: MapSize, positionBytes: (Int, Int)) {
    (self.kernel, self.window, self.writes) = (kernel, window, writes)
    reads = window.inputs(of: writes, in: input)
    scratchByteCount =
      switch kernel {
      case .compiled(let layer):
        layer.scratchByteCount(
          reads: reads.positionCount * positionBytes.0, writes: writes.positionCount * positionBytes.1)
      case .filter(let weights): weights.scratchByteCount(of: writes)
      case .pool: 0
      }
  }

  /// Computes `writes` of `target` from `reads` of `source`; both must be held by them.
  func run(
    from source: Activation, to target: Activation, on stream: OneDNN.Stream, scratch: UnsafeMutableRawPointer
  ) throws(NetworkError) {
    switch kernel {
    case .compiled(let layer):
      try layer.run(on: stream, reads: reads, of: source, writes: writes, of: target, scratch: scratch)
    case .filter(let weights): weights.run(from: source, to: target, writes: writes, scratch: scratch)
    case .pool(let filters, let channels):
      filters.pool(reads, of: source, to: writes, of: target, channels: channels)
    }
  }
}
