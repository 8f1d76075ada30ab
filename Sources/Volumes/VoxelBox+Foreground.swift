extension VoxelBox {
  /// The smallest box that holds a mask's foreground; nil when there is none. Cost: one quick pass.
  public init?(enclosing mask: LabelMap) {
    var (columns, rows, slices) = (Extent(), Extent(), Extent())
    mask.forEachForegroundRun { run in
      columns.add(run.x)
      rows.add(run.y..<run.y + 1)
      slices.add(run.z..<run.z + 1)
    }
    guard let x = columns.range, let y = rows.range, let z = slices.range else { return nil }
    self.init(x: x, y: y, z: z)
  }

  /// A growing range of indices.
  private struct Extent {
    var range: Range<Int>?

    mutating func add(_ more: Range<Int>) {
      range = range.map { min($0.lowerBound, more.lowerBound)..<max($0.upperBound, more.upperBound) } ?? more
    }
  }
}
