/// A map of the working grid, one byte a voxel, [z, y, x] with x fastest, on its way back to the host's grid.
public struct ReturningMap {
  fileprivate let values: [UInt8]
  fileprivate let layers: [Layer]

  /// One interpolation of the values; the bits of several are put together.
  fileprivate struct Layer {
    /// What is interpolated, for each value.
    let levels: [Float]
    /// The result is floor(interpolated + rounding) * factor.
    let rounding: Float
    let factor: UInt8

    /// Foreground where at least half of the interpolated voxel is.
    ///
    /// A share of one half, common where spacings have a simple ratio, is foreground up to a millionth below, so that
    /// the rounding of Float does not decide.
    static func mask(where isForeground: (UInt8) -> Bool, as label: UInt8) -> Layer {
      Layer(
        levels: (0...255).map { isForeground($0) ? 1 : 0 }, rounding: 0.5 + 0x1p-20, factor: label)
    }
  }

  /// A mask: linear interpolation of 0 and 1 at host voxel centres, >= 0.5 is `label`. Every label but 0 is foreground.
  public static func mask(_ mask: LabelMap, as label: UInt8 = 1) -> ReturningMap {
    ReturningMap(values: mask.labels, layers: [.mask(where: { $0 != 0 }, as: label)])
  }

  /// Several masks, a bit each of `values`; each as `mask(_:as:)`. Bits that are not named come back as 0.
  public static func masks(_ values: [UInt8], bits: [UInt8]) -> ReturningMap {
    ReturningMap(values: values, layers: bits.map { bit in .mask(where: { $0 & bit != 0 }, as: bit) })
  }

  /// Probabilities, 0 to 255: linear interpolation, rounded, halves up.
  public static func probability(_ values: [UInt8]) -> ReturningMap {
    ReturningMap(values: values, layers: [Layer(levels: (0..<256).map { Float($0) }, rounding: 0.5, factor: 1)])
  }
}

extension GridMapping {
  /// Brings a map of the working grid back to the host's grid, slab by slab into the host's memory.
  ///
  /// `order` is what brought the host's axes into this mapping's. Padding takes no part; host voxels that were cropped
  /// away become 0; between an outermost voxel's centre and its edge that voxel decides. Exact where both grids have
  /// the same voxels. The bits do not depend on the slabs' height.
  /// `checkpoint` is called with the share of the work done, for every few megabytes cleared and before every slice;
  /// what it throws ends the work, with the memory filled in part. Holds one slab. Cost: small where the map is empty.
  @discardableResult
  public func bringBack<Failure: Error>(
    _ map: ReturningMap, into memory: HostMap, order: AxisOrder = .identity, slabHeight: Int? = nil,
    checkpoint: (Double) throws(Failure) -> Void
  ) throws(Failure) -> ForegroundTally {
    precondition(map.values.count == working.size.voxelCount, "a map of the working grid")
    precondition(memory.count == host.size.voxelCount, "one number per voxel of the host's grid")
    var tally = ForegroundTally(host.size)
    try memory.clear { () throws(Failure) in try checkpoint(0) }
    guard !x.covered.isEmpty, !y.covered.isEmpty, !z.covered.isEmpty else { return tally }
    let hostSize = host.size.reordered(by: order.inverse)
    let height = max(1, min(slabHeight ?? host.size.slabHeight, z.covered.count))
    let plane = host.size.x * host.size.y
    var layers = map.layers.map { InterpolatedSlice(mapping: self, layer: $0) }
    var slab = [UInt8](repeating: 0, count: height * plane)
    for first in stride(from: z.covered.lowerBound, to: z.covered.upperBound, by: height) {
      let slices = first..<min(first + height, z.covered.upperBound)
      var isEmpty = true
      for slice in slices {
        try checkpoint(Double(slice - z.covered.lowerBound) / Double(z.covered.count))
        let range = (slice - first) * plane..<(slice - first + 1) * plane
        slab.withUnsafeMutableBufferPointer { slab in
          map.values.withUnsafeBufferPointer { values in
            for index in layers.indices
            where layers[index].add(slice, of: values, to: UnsafeMutableBufferPointer(rebasing: slab[range])) {
              isEmpty = false
            }
          }
        }
      }
      if isEmpty { continue }
      slab.withUnsafeMutableBufferPointer { slab in
        let filled = UnsafeMutableBufferPointer(rebasing: slab[..<(slices.count * plane)])
        tally.add(slices, UnsafeBufferPointer(filled))
        memory.store(UnsafeBufferPointer(filled), SlabLayout(slices: slices, of: order, host: hostSize))
        filled.update(repeating: 0)
      }
    }
    return tally
  }

  /// Bytes that `bringBack` takes at most beside the map and the host's memory.
  public static func returnBytes(host: VolumeSize, working: VolumeSize) -> Int {
    host.slabVoxelCount + 3 * MemoryLayout<Float>.size * (working.x * working.y + working.x + host.x)
  }
}

/// One host slice at a time, interpolated along z, then y, then x; slices and rows without a value are skipped.
private struct InterpolatedSlice {
  let mapping: GridMapping
  let layer: ReturningMap.Layer
  let columns: AxisResampling
  let rows: AxisResampling
  let slices: AxisResampling
  /// The working slice at the host slice's height, [working rows, working columns].
  var plane: [Float]
  /// One row of it at the host row's height, and that row on the host's columns.
  var row: [Float]
  var hostRow: [Float]

  init(mapping: GridMapping, layer: ReturningMap.Layer) {
    (self.mapping, self.layer) = (mapping, layer)
    let size = mapping.working.size
    columns = AxisResampling(returning: mapping.x, workingCount: size.x)
    rows = AxisResampling(returning: mapping.y, workingCount: size.y)
    slices = AxisResampling(returning: mapping.z, workingCount: size.z)
    plane = [Float](repeating: 0, count: size.x * size.y)
    row = [Float](repeating: 0, count: size.x)
    hostRow = [Float](repeating: 0, count: columns.outputCount)
  }

  /// Adds the bits of host slice `slice` to `output`, [y, x] of the whole host slice; false where all are 0.
  mutating func add(
    _ slice: Int, of values: UnsafeBufferPointer<UInt8>, to output: UnsafeMutableBufferPointer<UInt8>
  ) -> Bool {
    let host = mapping.host.size
    precondition(output.count == host.x * host.y && values.count == mapping.working.size.voxelCount)
    guard interpolatePlane(slice, from: values) else { return false }
    let (rounding, factor) = (layer.rounding, layer.factor)
    for y in mapping.y.covered where interpolateRow(y) {
      row.withUnsafeBufferPointer { row in
        hostRow.withUnsafeMutableBufferPointer { columns.apply(to: row, rows: 1, into: $0) }
      }
      let start = y * host.x + mapping.x.covered.lowerBound
      hostRow.withUnsafeBufferPointer { hostRow in
        for x in 0..<hostRow.count {
          output[start &+ x] |= UInt8(truncatingIfNeeded: Int32(hostRow[x] + rounding)) &* factor
        }
      }
    }
    return true
  }

  /// Returns false when every value of the plane is 0.
  private mutating func interpolatePlane(_ slice: Int, from values: UnsafeBufferPointer<UInt8>) -> Bool {
    let target = slice - mapping.z.covered.lowerBound
    let count = plane.count
    let (slices, levels) = (slices, layer.levels)
    return plane.withUnsafeMutableBufferPointer { plane in
      levels.withUnsafeBufferPointer { levels in
        var hasValues = false
        for tap in slices.starts[target]..<slices.starts[target + 1] {
          let source = (slices.firsts[target] + tap - slices.starts[target]) * count
          guard values[source..<source + count].contains(where: { $0 != 0 }) else { continue }
          if !hasValues { plane.update(repeating: 0) }
          hasValues = true
          let weight = slices.weights[tap]
          for index in 0..<count { plane[index] += weight * levels[Int(values[source &+ index])] }
        }
        return hasValues
      }
    }
  }

  /// Returns false when every value of the row is 0.
  private mutating func interpolateRow(_ hostRow: Int) -> Bool {
    let target = hostRow - mapping.y.covered.lowerBound
    let count = row.count
    let rows = rows
    return plane.withUnsafeBufferPointer { plane in
      row.withUnsafeMutableBufferPointer { row in
        guard let plane = plane.baseAddress, let start = row.baseAddress else { return false }
        row.update(repeating: 0)
        for tap in rows.starts[target]..<rows.starts[target + 1] {
          let source = (rows.firsts[target] + tap - rows.starts[target]) * count
          accumulate(plane + source, times: rows.weights[tap], into: start, count: count)
        }
        return row.contains { $0 != 0 }
      }
    }
  }
}

extension AxisResampling {
  /// Linear interpolation of the working axis at the covered host voxels, clamped to the filled voxels.
  fileprivate init(returning mapping: AxisMapping, workingCount: Int) {
    let (first, last) = (Double(mapping.filled.lowerBound), Double(mapping.filled.upperBound - 1))
    let positions = mapping.covered.map { min(max(mapping.workingIndex(ofHost: $0), first), last) }
    self.init(inputCount: workingCount, positions: positions, kernel: [1])
  }
}
