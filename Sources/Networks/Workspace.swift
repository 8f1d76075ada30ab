/// The buffers of one thread, grown to the largest slice seen and reused from slice to slice and network to network.
///
/// Use a workspace from one thread at a time. Not Sendable: `SliceWorkers` gives each of its threads one of its own.
/// A 512x512 slice of the paper's network takes 0.26 GB.
public final class Workspace {
  /// The trunk alternates between these two.
  let trunk = [AlignedBuffer(), AlignedBuffer()]
  /// oneDNN's scratch memory.
  let scratchpad = AlignedBuffer()
  /// Score maps of block 3, block 4 and fc7, row-major.
  let scores = [AlignedBuffer(), AlignedBuffer(), AlignedBuffer()]
  /// Score maps after the first and second upsampling stage.
  let upsampled = [AlignedBuffer(), AlignedBuffer()]

  /// An empty workspace; the first prediction fills it.
  public init() {}

  /// Bytes held at present.
  public var byteCount: Int {
    (trunk + scores + upsampled + [scratchpad]).reduce(0) { $0 + $1.byteCount }
  }
}
