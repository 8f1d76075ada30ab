/// What every map of a network holds for an image of zeros: the surroundings of the rectangles that are computed.
///
/// A map is kept in the short form of `AxisProfile`, along both axes: a few hundred positions whatever the map's size. It
/// lies in four blocks: what both axes' sizes leave alone, what depends on one of them, and what depends on both, which is
/// all that two sizes seen together for the first time cost. Blocks are made when first asked for, each from the short
/// form of the map before it, with the layers' own weights; a function of the padded size alone, whatever was asked
/// before.
final class ZeroImage: Sendable {
  private struct Key: Hashable {
    let map: Int
    let rows: [Int], columns: [Int]
  }

  private struct Blocks: Sendable {
    var known: [Key: ZeroBlock] = [:]
    var bytes = 0
  }

  /// Blocks beyond this are let go, all at once: those that depend on both sizes take up to 0.4 MB in a network of the
  /// paper's size. Plans hold on to those that they use.
  static let mostBytes = 32 << 20

  private let network: LayerSet
  private let blocks = Locked(Blocks())

  init(_ network: LayerSet) {
    self.network = network
  }

  /// Map `index` (the padded input is 0) in short form, for maps whose sizes led to the two profiles.
  func map(_ index: Int, rows: AxisProfile, columns: AxisProfile) throws(NetworkError) -> ZeroMap {
    var blocks: [ZeroBlock] = []
    for row in rows.parts(of: index) {
      for column in columns.parts(of: index) {
        let region = MapRegion(rows: row.range, columns: column.range)
        let key = Key(map: index, rows: row.key, columns: column.key)
        blocks.append(try block(key, region, rows: rows, columns: columns))
      }
    }
    return ZeroMap(blocks, rows: rows.maps[index], columns: columns.maps[index])
  }

  private func block(
    _ key: Key, _ region: MapRegion, rows: AxisProfile, columns: AxisProfile
  ) throws(NetworkError) -> ZeroBlock {
    // A part that one size leaves empty another one fills.
    guard !region.isEmpty else { return try ZeroBlock(.empty, positionBytes: network.positionBytes[key.map]) }
    if let block = blocks.withLock({ $0.known[key] }) { return block }
    // Outside the lock: other threads go on. Two may make the same block; the first is kept.
    let made = try make(key.map, region, rows: rows, columns: columns)
    return blocks.withLock { blocks in
      if let earlier = blocks.known[key] { return earlier }
      if blocks.bytes + made.byteCount > Self.mostBytes { blocks = Blocks() }
      blocks.known[key] = made
      blocks.bytes += made.byteCount
      return made
    }
  }

  private func make(
    _ index: Int, _ region: MapRegion, rows: AxisProfile, columns: AxisProfile
  ) throws(NetworkError) -> ZeroBlock {
    let made = try ZeroBlock(region, positionBytes: network.positionBytes[index])
    guard index > 0 else { return made }
    let step = index - 1
    let source = network.sources[step]
    let before = try map(source, rows: rows, columns: columns)
    let size = MapSize(rows: rows.inputSizes[step], columns: columns.inputSizes[step])
    let run = try network.run(step, writes: region, input: size)
    let positionBytes = network.positionBytes[source]
    let buffer = AlignedBuffer()
    let input = Activation(
      memory: try buffer.reserve(bytes: run.reads.positionCount * positionBytes), region: run.reads,
      positionBytes: positionBytes)
    before.fill(input, outside: .empty, size: size)
    let scratch = AlignedBuffer()
    try run.run(
      from: input, to: made.values, on: OneDNN.Stream(network.engine),
      scratch: try scratch.reserve(bytes: run.scratchByteCount))
    withExtendedLifetime((buffer, scratch)) {}
    return made
  }
}

/// A block of one map of an image of zeros, in short form.
final class ZeroBlock: @unchecked Sendable {  // Nobody writes once `ZeroImage` has handed it out.
  let values: Activation
  private let buffer = AlignedBuffer()

  var byteCount: Int { values.byteCount }

  fileprivate init(_ region: MapRegion, positionBytes: Int) throws(NetworkError) {
    let bytes = region.positionCount * positionBytes
    let memory = try buffer.reserve(bytes: bytes)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    values = Activation(memory: memory, region: region, positionBytes: positionBytes)
  }
}

/// One map of an image of zeros, in short form.
struct ZeroMap: Sendable {
  /// Those of the first rows, then those of the last, each with the first columns before the last.
  private let blocks: [ZeroBlock]
  private let rows: AxisProfile.Map, columns: AxisProfile.Map

  fileprivate init(_ blocks: [ZeroBlock], rows: AxisProfile.Map, columns: AxisProfile.Map) {
    (self.blocks, self.rows, self.columns) = (blocks, rows, columns)
  }

  /// Where the values of a position of a map of `size` lie.
  func address(row: Int, column: Int, size: MapSize) -> UnsafeMutableRawPointer {
    let row = rows.index(of: row, size: size.rows), column = columns.index(of: column, size: size.columns)
    let block = (row < rows.split ? 0 : 2) + (column < columns.split ? 0 : 1)
    return blocks[block].values.address(row: row, column: column)
  }

  /// Sets the positions of `target` outside `part`, in a map of `size`.
  func fill(_ target: Activation, outside part: MapRegion, size: MapSize) {
    target.forEachRun(outside: part) { row, columns in
      for column in columns {
        target.address(row: row, column: column).copyMemory(
          from: address(row: row, column: column, size: size), byteCount: target.positionBytes)
      }
    }
  }
}
