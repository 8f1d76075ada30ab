extension Volume {
  /// The volume on a grid of another spacing, anti-aliased where that is coarser; axes and outer corner stay.
  ///
  /// The grid is that of `VolumeGeometry.resampled(toSpacing:)`, the filter that of `AxisResampling`; sums are Float, the
  /// results whole HU, ties to even. Streamed slice by slice: beside the result it holds one strip and the few slices of
  /// the new grid that are under way. Axes that already have the spacing are not touched, and a volume that has it
  /// everywhere is returned as it is.
  /// `checkpoint` is called before every slice of this volume; what it throws ends the work.
  /// Throws `VolumeError` (`invalidSpacing`, `tooManyVoxels`) too.
  public func resampled(toSpacing spacing: SIMD3<Double>, checkpoint: () throws -> Void = {}) throws -> Volume {
    guard var resampling = try VolumeResampling(geometry, toSpacing: spacing) else { return self }
    let plane = size.x * size.y
    for slice in 0..<size.z {
      try checkpoint()
      voxels.withUnsafeBufferPointer {
        resampling.add(slice: slice, UnsafeBufferPointer(rebasing: $0[slice * plane..<(slice + 1) * plane]))
      }
    }
    return resampling.volume
  }
}

extension VolumeGeometry {
  /// Bytes that resampling this grid slab by slab takes beside its result; 0 where nothing changes.
  ///
  /// Throws what `resampled(toSpacing:)` throws.
  public func resamplingBytes(toSpacing spacing: SIMD3<Double>) throws(VolumeError) -> Int {
    let (_, columns, rows, slices) = try resamplingPlan(toSpacing: spacing)
    guard ![columns, rows, slices].allSatisfy(\.isIdentity) else { return 0 }
    let slots = slices.outputsNeedingInputs().reduce(1) { max($0, $1.count) }
    let floats =
      columns.inputCount * (rows.outputCount + 1) + columns.outputCount * rows.outputCount * (slots + 1)
    return size.slabVoxelCount * MemoryLayout<Int16>.size + floats * MemoryLayout<Float>.size
  }

  /// The grid of another spacing and the way of each axis.
  fileprivate func resamplingPlan(toSpacing spacing: SIMD3<Double>) throws(VolumeError) -> (
    target: VolumeGeometry, columns: AxisResampling, rows: AxisResampling, slices: AxisResampling
  ) {
    let target = try resampled(toSpacing: spacing)
    func plan(_ axis: Axis) -> AxisResampling {
      let index = axis.rawValue
      let isKept = target.spacing[index] == self.spacing[index] && target.size[axis] == size[axis]
      return AxisResampling(
        inputCount: size[axis], outputCount: target.size[axis],
        step: isKept ? nil : spacing[index] / self.spacing[index])
    }
    return (target, plan(.x), plan(.y), plan(.z))
  }
}

/// Takes the slices of a volume in order and builds the resampled volume.
struct VolumeResampling {
  private let target: VolumeGeometry
  private let columns: AxisResampling
  private let rows: AxisResampling
  private let slices: AxisResampling
  /// HU of the new grid, [z, y, x].
  private var output: [Int16]

  private let rowUses: [Range<Int>]
  private let sliceUses: [Range<Int>]
  /// Slices of the new grid under way; slice k lies in slot k % slotCount.
  private var sums: [Float]
  private let slotCount: Int
  /// One input row as Float.
  private var row: [Float]
  /// A slice after its rows were reduced, [new rows, old columns].
  private var strip: [Float]
  /// A slice after both were reduced, [new rows, new columns].
  private var reduced: [Float]

  /// Nil where the volume has that spacing everywhere. Throws what `VolumeGeometry.resampled(toSpacing:)` throws.
  init?(_ geometry: VolumeGeometry, toSpacing spacing: SIMD3<Double>) throws(VolumeError) {
    (target, columns, rows, slices) = try geometry.resamplingPlan(toSpacing: spacing)
    if [columns, rows, slices].allSatisfy(\.isIdentity) { return nil }
    (rowUses, sliceUses) = (rows.outputsNeedingInputs(), slices.outputsNeedingInputs())
    let plane = columns.outputCount * rows.outputCount
    slotCount = sliceUses.reduce(1) { max($0, $1.count) }
    output = [Int16](repeating: 0, count: plane * slices.outputCount)
    sums = [Float](repeating: 0, count: plane * slotCount)
    row = [Float](repeating: 0, count: columns.inputCount)
    strip = [Float](repeating: 0, count: columns.inputCount * rows.outputCount)
    reduced = [Float](repeating: 0, count: plane)
  }

  /// The resampled volume, once every slice was added.
  var volume: Volume { Volume(derivedGeometry: target, voxels: output) }

  /// Adds input slice `slice`, [y, x] with x fastest, to every output slice that needs it.
  mutating func add(slice: Int, _ voxels: UnsafeBufferPointer<Int16>) {
    precondition(voxels.count == columns.inputCount * rows.inputCount, "a whole slice")
    guard !sliceUses[slice].isEmpty else { return }
    reduceRows(voxels)
    reduceColumns()
    for target in sliceUses[slice] { add(slice: slice, to: target) }
  }

  /// strip = the slice with its rows combined, whole rows at a time.
  private mutating func reduceRows(_ slice: UnsafeBufferPointer<Int16>) {
    let count = columns.inputCount
    let (rowUses, rows) = (rowUses, rows)
    row.withUnsafeMutableBufferPointer { row in
      strip.withUnsafeMutableBufferPointer { strip in
        guard let row = row.baseAddress, let strip = strip.baseAddress else { return }
        strip.update(repeating: 0, count: count * rows.outputCount)
        for y in 0..<rows.inputCount where !rowUses[y].isEmpty {
          for x in 0..<count { row[x] = Float(slice[y &* count &+ x]) }
          for target in rowUses[y] {
            let weight = rows.weights[rows.starts[target] + y - rows.firsts[target]]
            accumulate(row, times: weight, into: strip + target * count, count: count)
          }
        }
      }
    }
  }

  /// reduced = the strip with its columns combined.
  private mutating func reduceColumns() {
    let columns = columns
    let rowCount = rows.outputCount
    strip.withUnsafeBufferPointer { strip in
      reduced.withUnsafeMutableBufferPointer { reduced in
        columns.apply(to: strip, rows: rowCount, into: reduced)
      }
    }
  }

  /// Adds the reduced slice to one output slice; rounds that slice when it was the last one it needs.
  private mutating func add(slice: Int, to target: Int) {
    let weight = slices.weights[slices.starts[target] + slice - slices.firsts[target]]
    let isFirst = slice == slices.firsts[target]
    let isLast = slice == slices.last(target)
    let count = reduced.count
    let slot = target % slotCount * count
    sums.withUnsafeMutableBufferPointer { sums in
      reduced.withUnsafeBufferPointer { reduced in
        guard let sums = sums.baseAddress, let reduced = reduced.baseAddress else { return }
        if isFirst { (sums + slot).update(repeating: 0, count: count) }
        accumulate(reduced, times: weight, into: sums + slot, count: count)
        guard isLast else { return }
        output.withUnsafeMutableBufferPointer { output in
          for index in 0..<count { output[target &* count &+ index] = Int16(clampedRounding: sums[slot &+ index]) }
        }
      }
    }
  }
}

extension AxisResampling {
  /// Combines the columns of `rows` rows: [rows, inputCount] -> [rows, outputCount].
  func apply(to input: UnsafeBufferPointer<Float>, rows: Int, into output: UnsafeMutableBufferPointer<Float>) {
    precondition(input.count == rows * inputCount && output.count == rows * outputCount, "whole rows")
    if isIdentity {
      _ = output.update(fromContentsOf: input)
      return
    }
    firsts.withUnsafeBufferPointer { firsts in
      starts.withUnsafeBufferPointer { starts in
        weights.withUnsafeBufferPointer { weights in
          for row in 0..<rows {
            for column in 0..<firsts.count {
              let source = row &* inputCount &+ firsts[column] &- starts[column]
              var sum: Float = 0
              for tap in starts[column]..<starts[column &+ 1] { sum += weights[tap] * input[source &+ tap] }
              output[row &* firsts.count &+ column] = sum
            }
          }
        }
      }
    }
  }
}
