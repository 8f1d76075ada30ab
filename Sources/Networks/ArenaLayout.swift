/// Where buffers lie in a worker's arena: those that do not live at the same time share memory.
///
/// Largest first, each at the lowest place where nothing that lives beside it lies. All offsets are multiples of 64.
struct ArenaLayout {
  private struct Buffer {
    var bytes = 0
    var life: ClosedRange<Int>
  }

  private var buffers: [Buffer] = []

  /// A buffer that lives at one moment, until it is used later; returns its number.
  mutating func add(bytes: Int, at moment: Int) -> Int {
    buffers.append(Buffer(bytes: bytes, life: moment...moment))
    return buffers.count - 1
  }

  /// The buffer is written or read at `moment`, and must hold `bytes`.
  mutating func use(_ buffer: Int, bytes: Int = 0, at moment: Int) {
    let life = buffers[buffer].life
    buffers[buffer].life = min(life.lowerBound, moment)...max(life.upperBound, moment)
    buffers[buffer].bytes = max(buffers[buffer].bytes, bytes)
  }

  /// The offset of each buffer, and the bytes of all.
  func solve() -> (offsets: [Int], bytes: Int) {
    var offsets = [Int](repeating: 0, count: buffers.count)
    var placed: [Int] = []
    var total = 0
    // Ties by number, so that the order does not depend on the sort.
    for index in buffers.indices.sorted(by: { (-buffers[$0].bytes, $0) < (-buffers[$1].bytes, $1) }) {
      let buffer = buffers[index]
      let size = (buffer.bytes + 63) / 64 * 64
      let beside = placed.filter { buffers[$0].life.overlaps(buffer.life) }.sorted { offsets[$0] < offsets[$1] }
      var offset = 0
      for other in beside where offset + size > offsets[other] {
        offset = max(offset, offsets[other] + (buffers[other].bytes + 63) / 64 * 64)
      }
      offsets[index] = offset
      total = max(total, offset + size)
      placed.append(index)
    }
    return (offsets, total)
  }
}
