/// The 6-connected components of a mask: foreground voxels that share a face belong together.
///
/// Labels other than 0 are not told apart. Found in one pass by a union of foreground runs along x.
/// Cost: one pass over the mask plus near-linear time in the number of runs; 24 bytes a run, nothing per voxel.
public struct ConnectedComponents: Sendable {
  /// Voxels of each component, in the order in which their first voxels lie in memory.
  public let sizes: [Int]
  /// Foreground in memory order, each run with the number of its component.
  private let runs: [Run]
  private let size: VolumeSize

  /// A run of foreground as offsets in the voxel array.
  private struct Run {
    let start: Int
    let end: Int
    /// While runs are joined: an earlier run of the same component, or the run itself. Afterwards: the component.
    var component: Int
  }

  /// Finds the components of a mask.
  public init(of mask: LabelMap) {
    self.init(size: mask.size, forEachRun: mask.forEachForegroundRun)
  }

  /// Finds the components of foreground that comes run by run, in memory order.
  init(size: VolumeSize, forEachRun: (_ body: (ForegroundRun) -> Void) -> Void) {
    var runs: [Run] = []
    // The newest runs of each row y: while (y, z) is read, runsOfRow[y] belongs to z - 1 and runsOfRow[y - 1] to z.
    // A row without runs keeps those of an older slice; they lie too far back in memory to be taken for neighbours.
    var runsOfRow = [Range<Int>](repeating: 0..<0, count: size.y)
    var current = (y: -1, z: -1, first: 0)

    func closeRow() {
      guard current.y >= 0 else { return }
      let row = current.first..<runs.count
      Self.join(&runs, row, runsOfRow[current.y], apart: size.stride(along: .z))
      if current.y > 0 { Self.join(&runs, row, runsOfRow[current.y - 1], apart: size.stride(along: .y)) }
      runsOfRow[current.y] = row
    }

    forEachRun { run in
      if run.y != current.y || run.z != current.z {
        closeRow()
        current = (run.y, run.z, runs.count)
      }
      let row = (run.z * size.y + run.y) * size.x
      runs.append(Run(start: row + run.x.lowerBound, end: row + run.x.upperBound, component: runs.count))
    }
    closeRow()

    // Every link leads to an earlier run, so one pass in order finds each link already replaced by its component.
    var sizes: [Int] = []
    for index in runs.indices {
      if runs[index].component == index {
        runs[index].component = sizes.count
        sizes.append(0)
      } else {
        runs[index].component = runs[runs[index].component].component
      }
      sizes[runs[index].component] += runs[index].end - runs[index].start
    }
    (self.sizes, self.runs, self.size) = (sizes, runs, size)
  }

  /// The box of the largest component, of the first one among equals; nil without foreground.
  func boxOfLargest() -> VoxelBox? {
    guard let most = sizes.max(), let largest = sizes.firstIndex(of: most) else { return nil }
    var box: VoxelBox?
    for run in runs where run.component == largest {
      let (row, x) = run.start.quotientAndRemainder(dividingBy: size.x)
      let (z, y) = row.quotientAndRemainder(dividingBy: size.y)
      let own = VoxelBox(x: x..<x + run.end - run.start, y: y..<y + 1, z: z..<z + 1)
      box = own.map { box?.union($0) ?? $0 }
    }
    return box
  }

  /// The mask that these components were found in, without the components that `keep` refuses.
  fileprivate func filtered(_ mask: LabelMap, keep: [Bool]) -> LabelMap {
    var kept = mask
    kept.labels.withUnsafeMutableBufferPointer { labels in
      for run in runs where !keep[run.component] {
        labels[run.start..<run.end].update(repeating: 0)
      }
    }
    return kept
  }

  /// Joins the runs of two neighbouring rows, `apart` voxels from each other in memory, wherever they share a column.
  private static func join(_ runs: inout [Run], _ row: Range<Int>, _ earlier: Range<Int>, apart: Int) {
    var (a, b) = (row.lowerBound, earlier.lowerBound)
    while a < row.upperBound, b < earlier.upperBound {
      let (start, end) = (runs[b].start + apart, runs[b].end + apart)
      if start < runs[a].end, runs[a].start < end {
        let (rootA, rootB) = (root(&runs, of: a), root(&runs, of: b))
        if rootA != rootB { runs[max(rootA, rootB)].component = min(rootA, rootB) }
      }
      if end < runs[a].end { b += 1 } else { a += 1 }
    }
  }

  /// The first run of a component, shortening the way to it (path halving).
  private static func root(_ runs: inout [Run], of index: Int) -> Int {
    var index = index
    while runs[index].component != index {
      runs[index].component = runs[runs[index].component].component
      index = runs[index].component
    }
    return index
  }
}

extension LabelMap {
  /// Keeps the 6-connected components with at least `ratio` times the voxels of the largest; the rest becomes 0.
  ///
  /// Labels of kept voxels stay as they are. Cost: that of `ConnectedComponents`.
  public func keepingComponents(ofAtLeast ratio: Double) -> LabelMap {
    let components = ConnectedComponents(of: self)
    guard let largest = components.sizes.max(), components.sizes.count > 1 else { return self }
    return components.filtered(self, keep: components.sizes.map { Double($0) >= ratio * Double(largest) })
  }
}
