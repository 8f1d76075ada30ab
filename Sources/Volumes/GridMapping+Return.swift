extension GridMapping {
  /// A mask of the working grid on the host's grid: linear interpolation of 0 and 1 at host voxel centres, >= 0.5 is 1.
  ///
  /// A share of one half, common where spacings have a simple ratio, is foreground up to a millionth below, so that the
  /// rounding of Float does not decide.
  /// Every label but 0 is foreground. Padding takes no part; host voxels that were cropped away are background; between
  /// an outermost voxel's centre and its edge that voxel decides. Exact where both grids have the same voxels.
  /// `checkpoint` is called before every host slice; what it throws ends the work. Cost: small where the mask is empty.
  public func maskOnHost<Failure: Error>(
    _ mask: LabelMap, checkpoint: () throws(Failure) -> Void
  ) throws(Failure) -> LabelMap {
    precondition(mask.size == working.size, "a mask of the working grid")
    let levels = (0..<256).map { $0 == 0 ? Float(0) : 1 }
    let labels = try interpolated(mask.labels, levels: levels, rounding: 0.5 + 0x1p-20, checkpoint: checkpoint)
    return LabelMap(size: host.size, labels: labels) ?? LabelMap(empty: host.size)
  }

  /// A probability map (0 to 255) of the working grid on the host's grid: linear interpolation, rounded, halves up.
  ///
  /// [z, y, x] with x fastest in both grids. Borders, padding, `checkpoint` and cost as for `maskOnHost`.
  public func probabilityOnHost<Failure: Error>(
    _ probability: [UInt8], checkpoint: () throws(Failure) -> Void
  ) throws(Failure) -> [UInt8] {
    precondition(probability.count == working.size.voxelCount, "a probability map of the working grid")
    return try interpolated(probability, levels: (0..<256).map { Float($0) }, rounding: 0.5, checkpoint: checkpoint)
  }

  /// Interpolates `levels[value]` at every covered host voxel; stores floor(result + rounding), and 0 elsewhere.
  private func interpolated<Failure: Error>(
    _ values: [UInt8], levels: [Float], rounding: Float, checkpoint: () throws(Failure) -> Void
  ) throws(Failure) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: host.size.voxelCount)
    guard !x.covered.isEmpty, !y.covered.isEmpty, !z.covered.isEmpty else { return output }
    var slab = InterpolatedSlab(mapping: self, levels: levels, rounding: rounding)
    for slice in z.covered {
      try checkpoint()
      values.withUnsafeBufferPointer { values in
        output.withUnsafeMutableBufferPointer { output in slab.fill(slice: slice, of: output, from: values) }
      }
    }
    return output
  }
}

/// One host slice at a time, interpolated along z, then y, then x; slices and rows without a value are skipped.
private struct InterpolatedSlab {
  let mapping: GridMapping
  let levels: [Float]
  let rounding: Float
  let columns: AxisResampling
  let rows: AxisResampling
  let slices: AxisResampling
  /// The working slice at the host slice's height, [working rows, working columns].
  var plane: [Float]
  /// One row of it at the host row's height, and that row on the host's columns.
  var row: [Float]
  var hostRow: [Float]

  init(mapping: GridMapping, levels: [Float], rounding: Float) {
    (self.mapping, self.levels, self.rounding) = (mapping, levels, rounding)
    let size = mapping.working.size
    columns = AxisResampling(returning: mapping.x, workingCount: size.x)
    rows = AxisResampling(returning: mapping.y, workingCount: size.y)
    slices = AxisResampling(returning: mapping.z, workingCount: size.z)
    plane = [Float](repeating: 0, count: size.x * size.y)
    row = [Float](repeating: 0, count: size.x)
    hostRow = [Float](repeating: 0, count: columns.outputCount)
  }

  mutating func fill(
    slice: Int, of output: UnsafeMutableBufferPointer<UInt8>, from values: UnsafeBufferPointer<UInt8>
  ) {
    precondition(output.count == mapping.host.size.voxelCount && values.count == mapping.working.size.voxelCount)
    guard interpolatePlane(slice, from: values) else { return }
    let host = mapping.host.size
    for y in mapping.y.covered where interpolateRow(y) {
      row.withUnsafeBufferPointer { row in
        hostRow.withUnsafeMutableBufferPointer { columns.apply(to: row, rows: 1, into: $0) }
      }
      let start = (slice * host.y + y) * host.x + mapping.x.covered.lowerBound
      hostRow.withUnsafeBufferPointer { hostRow in
        for x in 0..<hostRow.count { output[start &+ x] = UInt8(truncatingIfNeeded: Int32(hostRow[x] + rounding)) }
      }
    }
  }

  /// Returns false when every value of the plane is 0.
  private mutating func interpolatePlane(_ slice: Int, from values: UnsafeBufferPointer<UInt8>) -> Bool {
    let target = slice - mapping.z.covered.lowerBound
    let count = plane.count
    let (slices, levels) = (slices, levels)
    return plane.withUnsafeMutableBufferPointer { plane in
      levels.withUnsafeBufferPointer { levels in
        plane.update(repeating: 0)
        var hasValues = false
        for tap in slices.starts[target]..<slices.starts[target + 1] {
          let source = (slices.firsts[target] + tap - slices.starts[target]) * count
          guard values[source..<source + count].contains(where: { $0 != 0 }) else { continue }
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
