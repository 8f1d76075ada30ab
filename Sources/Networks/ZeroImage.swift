/// What every map of a network holds for an image of zeros: the surroundings of the rectangles that are computed.
///
/// A map is kept in the short form of `AxisProfile`, along both axes: a few hundred positions whatever the map's size,
/// and the same for sizes equal modulo the total stride. Maps are made when first asked for, each from the short form of
/// the one before it, with the layers' own weights; a function of the padded size alone, whatever was asked before.
final class ZeroImage: Sendable {
  private struct Key: Hashable {
    let map: Int
    let rows: [Int], columns: [Int]
  }

  /// Maps beyond this are let go, all at once: those of a network of the paper's size take up to 1.6 MB a size.
  static let mostBytes = 32 << 20

  private let network: LayerSet
  private let known = Locked<[Key: ZeroMap]>([:])

  init(_ network: LayerSet) {
    self.network = network
  }

  /// Map `index` (the padded input is 0) in short form, for maps whose sizes led to the two profiles.
  func map(_ index: Int, rows: AxisProfile, columns: AxisProfile) throws(NetworkError) -> ZeroMap {
    let key = Key(map: index, rows: rows.key(upTo: index), columns: columns.key(upTo: index))
    if let map = known.withLock({ $0[key] }) { return map }
    // Outside the lock: other threads go on. Two may make the same map; the first is kept.
    let made = try make(index, rows: rows, columns: columns)
    return known.withLock { known in
      if let earlier = known[key] { return earlier }
      if known.values.reduce(made.byteCount, { $0 + $1.byteCount }) > Self.mostBytes { known.removeAll() }
      known[key] = made
      return made
    }
  }

  private func make(_ index: Int, rows: AxisProfile, columns: AxisProfile) throws(NetworkError) -> ZeroMap {
    let made = try ZeroMap(
      rows: rows.maps[index], columns: columns.maps[index], positionBytes: network.positionBytes[index])
    guard index > 0 else { return made }
    let step = index - 1
    let source = network.sources[step]
    let before = try map(source, rows: rows, columns: columns)
    let region = MapRegion(rows: 0..<rows.inputSizes[step], columns: 0..<columns.inputSizes[step])
    let buffer = AlignedBuffer()
    let input = Activation(
      memory: try buffer.reserve(bytes: region.positionCount * before.values.positionBytes), region: region,
      positionBytes: before.values.positionBytes)
    before.fill(input, outside: .empty, size: region.size)
    let run = try network.run(step, writes: made.values.region, input: region.size)
    let scratch = AlignedBuffer()
    try run.run(
      from: input, to: made.values, on: OneDNN.Stream(network.engine),
      scratch: try scratch.reserve(bytes: run.scratchByteCount))
    withExtendedLifetime((buffer, scratch)) {}
    return made
  }
}

/// One map of an image of zeros, in short form.
final class ZeroMap: @unchecked Sendable {  // Nobody writes once `ZeroImage` has handed it out.
  /// The kept positions.
  let values: Activation
  private let rows: AxisProfile.Map, columns: AxisProfile.Map
  private let buffer = AlignedBuffer()

  var byteCount: Int { values.byteCount }

  fileprivate init(
    rows: AxisProfile.Map, columns: AxisProfile.Map, positionBytes: Int
  ) throws(NetworkError) {
    (self.rows, self.columns) = (rows, columns)
    let region = MapRegion(rows: 0..<rows.kept, columns: 0..<columns.kept)
    let bytes = region.positionCount * positionBytes
    let memory = try buffer.reserve(bytes: bytes)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    values = Activation(memory: memory, region: region, positionBytes: positionBytes)
  }

  /// Where the values of a position of a map of `size` lie.
  func address(row: Int, column: Int, size: MapSize) -> UnsafeMutableRawPointer {
    values.address(row: rows.index(of: row, size: size.rows), column: columns.index(of: column, size: size.columns))
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
