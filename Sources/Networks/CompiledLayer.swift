/// A convolution or pool that oneDNN compiled for one size, with its weights; shared by all threads.
///
/// Reads and writes maps without gaps: what it reads of a larger map is copied out first, and what it writes into one is
/// copied in afterwards.
struct CompiledLayer: Sendable {
  let primitive: OneDNN.Primitive
  /// nil for a pool.
  var weights: PackedTensor?
  var bias: PackedTensor?

  /// Bytes of scratch memory; parts on their way in and out lie behind oneDNN's own.
  func scratchByteCount(reads: Int, writes: Int) -> Int {
    Self.aligned(primitive.scratchpadByteCount) + Self.aligned(reads) + Self.aligned(writes)
  }

  /// Computes `writes` of `target` from `reads` of `source`.
  func run(
    on stream: OneDNN.Stream, reads: MapRegion, of source: Activation, writes: MapRegion, of target: Activation,
    scratch: UnsafeMutableRawPointer
  ) throws(NetworkError) {
    let staging = scratch + Self.aligned(primitive.scratchpadByteCount)
    var input = source
    if reads != source.region {
      input = Activation(memory: staging, region: reads, positionBytes: source.positionBytes)
      input.copy(reads, from: source)
    }
    var output = target
    if writes != target.region {
      let inputBytes = reads == source.region ? 0 : Self.aligned(input.byteCount)
      output = Activation(memory: staging + inputBytes, region: writes, positionBytes: target.positionBytes)
    }
    try primitive.run(
      on: stream, from: input.memory, to: output.memory, weights: weights?.tensor, bias: bias?.tensor,
      scratch: scratch)
    if writes != target.region { target.copy(writes, from: output) }
  }

  private static func aligned(_ bytes: Int) -> Int { (bytes + 63) / 64 * 64 }
}
