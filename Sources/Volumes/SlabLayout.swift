/// The voxels of a slab, [z, y, x] with x fastest, beside the places where a host's memory has them.
struct SlabLayout {
  /// Voxels of the slab along x.
  let columns: Int
  /// Voxels along y.
  let rows: Int
  /// Voxels along z.
  let slices: Int
  /// Offset of the slab's first voxel in the host's memory, and what to add for the next one along x, y and z.
  ///
  /// Bytes or elements, as the owner likes. That no sum overflows is the owner's to check.
  let start: Int, steps: SIMD3<Int>

  /// The voxels of the slab.
  var voxelCount: Int { columns * rows * slices }

  /// `count` voxels on a line, each `indexStep` further in the slab and `offsetStep` in the host's memory.
  struct Line {
    let index: Int, indexStep: Int
    let offset: Int, offsetStep: Int
    let count: Int
  }

  init(columns: Int, rows: Int, slices: Int, start: Int, steps: SIMD3<Int>) {
    (self.columns, self.rows, self.slices) = (columns, rows, slices)
    (self.start, self.steps) = (start, steps)
  }

  /// Some slices of what `order` makes of a packed array of size `host`, x fastest; offsets count elements.
  init(slices: Range<Int>, of order: AxisOrder, host: VolumeSize) {
    let places = order.places(in: host)
    let size = host.reordered(by: order)
    self.init(
      columns: size.x, rows: size.y, slices: slices.count, start: places.start + slices.lowerBound * places.steps.z,
      steps: places.steps)
  }

  /// Calls `body` for lines that make up the slab.
  ///
  /// Along x, except where slices are nearest to each other in the host's memory: what the processor fetches of that
  /// memory is then used for all slices of the slab at once, instead of being fetched again for each.
  @inline(__always)
  func forEachLine(_ body: (Line) -> Void) {
    let plane = columns &* rows
    let isNearestAlongZ =
      slices > 1 && (columns == 1 || steps.z.magnitude < steps.x.magnitude)
      && (rows == 1 || steps.z.magnitude < steps.y.magnitude)
    if isNearestAlongZ {
      for y in 0..<rows {
        for x in 0..<columns {
          body(
            Line(
              index: y &* columns &+ x, indexStep: plane, offset: start &+ y &* steps.y &+ x &* steps.x,
              offsetStep: steps.z, count: slices))
        }
      }
    } else {
      for z in 0..<slices {
        for y in 0..<rows {
          body(
            Line(
              index: z &* plane &+ y &* columns, indexStep: 1, offset: start &+ z &* steps.z &+ y &* steps.y,
              offsetStep: steps.x, count: columns))
        }
      }
    }
  }
}

extension AxisOrder {
  /// Where the first voxel of what this order makes of a packed array lies in that array, and what to add for the next
  /// one along x, y and z.
  func places(in source: VolumeSize) -> (start: Int, steps: SIMD3<Int>) {
    var start = 0
    var steps = SIMD3<Int>()
    for axis in Axis.allCases {
      let (step, stride) = (self[axis], source.stride(along: self[axis].source))
      steps[axis.rawValue] = step.isReversed ? -stride : stride
      if step.isReversed { start += stride * (source[step.source] - 1) }
    }
    return (start, steps)
  }
}
