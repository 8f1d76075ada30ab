import Volumes

/// Walks along the cracks between the pixels of a mask's slice and those around it, the organ on the right-hand side.
struct CrackTracer {
  /// A closed walk.
  struct Loop {
    /// Twice the corners of the outline in pixel indices: middles of cracks, so always whole numbers; straight runs
    /// have only their ends.
    let doubledPoints: [SIMD2<Int>]
    /// True when the walk goes around background.
    let isHole: Bool
    /// The 4-connected piece of the organ that it bounds, numbered from 0.
    let piece: Int
  }

  /// East, south, west, north, with rows counted downward.
  private static let steps = [SIMD2(1, 0), SIMD2(0, 1), SIMD2(-1, 0), SIMD2(0, -1)]

  private let first: SIMD2<Int>
  private let columns: Int
  private let rows: Int
  /// The piece of each pixel of the box around the slice's foreground, or -1, [rows, columns].
  private let pieces: [Int]

  init(mask: LabelMap, slice: Int) {
    let (width, height) = (mask.size.x, mask.size.y)
    let plane = mask.labels[(slice * width * height)..<((slice + 1) * width * height)]
    var (low, high) = (SIMD2(Int.max, Int.max), SIMD2(-1, -1))
    for (place, label) in plane.enumerated() where label != 0 {
      let pixel = SIMD2(place % width, place / width)
      low = pointwiseMin(low, pixel)
      high = pointwiseMax(high, pixel)
    }
    guard high.x >= 0 else {
      (first, columns, rows, pieces) = (SIMD2(0, 0), 0, 0, [])
      return
    }
    (first, columns, rows) = (low, high.x - low.x + 1, high.y - low.y + 1)
    var isOrgan = [Bool](repeating: false, count: columns * rows)
    for row in 0..<rows {
      let start = plane.startIndex + (low.y + row) * width + low.x
      for column in 0..<columns { isOrgan[row * columns + column] = plane[start + column] != 0 }
    }
    pieces = Self.pieces(of: isOrgan, columns: columns)
  }

  /// Numbers the 4-connected pieces by flooding.
  private static func pieces(of isOrgan: [Bool], columns: Int) -> [Int] {
    var pieces = [Int](repeating: -1, count: isOrgan.count)
    var count = 0
    for start in isOrgan.indices where isOrgan[start] && pieces[start] < 0 {
      pieces[start] = count
      var open = [start]
      while let pixel = open.popLast() {
        let column = pixel % columns
        var neighbours = [pixel - columns, pixel + columns]
        if column > 0 { neighbours.append(pixel - 1) }
        if column < columns - 1 { neighbours.append(pixel + 1) }
        for next in neighbours where isOrgan.indices.contains(next) && isOrgan[next] && pieces[next] < 0 {
          pieces[next] = count
          open.append(next)
        }
      }
      count += 1
    }
    return pieces
  }

  private func piece(_ pixel: SIMD2<Int>) -> Int {
    guard pixel.x >= 0, pixel.x < columns, pixel.y >= 0, pixel.y < rows else { return -1 }
    return pieces[pixel.y * columns + pixel.x]
  }

  /// The pixel on the right of a step from `corner`, corner (x, y) being the top left of pixel (x, y).
  private func pixel(rightOf corner: SIMD2<Int>, _ direction: Int) -> SIMD2<Int> {
    corner &+ [SIMD2(0, 0), SIMD2(-1, 0), SIMD2(-1, -1), SIMD2(0, -1)][direction]
  }

  /// The pixel on its left.
  private func pixel(leftOf corner: SIMD2<Int>, _ direction: Int) -> SIMD2<Int> {
    corner &+ [SIMD2(0, -1), SIMD2(0, 0), SIMD2(-1, 0), SIMD2(-1, -1)][direction]
  }

  private func isCrack(_ corner: SIMD2<Int>, _ direction: Int) -> Bool {
    piece(pixel(rightOf: corner, direction)) >= 0 && piece(pixel(leftOf: corner, direction)) < 0
  }

  /// Every crack belongs to one loop; loops come in the order of their first crack, row by row.
  func loops() -> [Loop] {
    var isDone = [Bool](repeating: false, count: (columns + 1) * (rows + 1) * 4)
    func place(_ corner: SIMD2<Int>, _ direction: Int) -> Int { (corner.y * (columns + 1) + corner.x) * 4 + direction }
    var loops: [Loop] = []
    for y in 0...rows {
      for x in 0...columns {
        for start in 0..<4 where isCrack(SIMD2(x, y), start) && !isDone[place(SIMD2(x, y), start)] {
          var (corner, direction) = (SIMD2(x, y), start)
          var middles: [SIMD2<Int>] = []
          while !isDone[place(corner, direction)] {
            isDone[place(corner, direction)] = true
            // Corner (x, y) lies half a pixel left of and above the centre of pixel (x, y).
            middles.append((corner &+ first) &* 2 &+ Self.steps[direction] &- 1)
            corner = corner &+ Self.steps[direction]
            // Right first: at a corner where two pixels touch, the walk stays with its own.
            let turns = [direction + 1, direction, direction + 3].map { $0 % 4 }
            direction = turns.first { isCrack(corner, $0) } ?? direction
          }
          loops.append(
            Loop(
              doubledPoints: Self.withoutStraightRuns(middles), isHole: Self.doubledArea(middles) < 0,
              piece: piece(pixel(rightOf: SIMD2(x, y), start))))
        }
      }
    }
    return loops
  }

  /// Drops corners that lie on the line between their neighbours.
  private static func withoutStraightRuns(_ points: [SIMD2<Int>]) -> [SIMD2<Int>] {
    points.indices.filter { index in
      let before = points[index] &- points[(index + points.count - 1) % points.count]
      let after = points[(index + 1) % points.count] &- points[index]
      return before != after
    }.map { points[$0] }
  }

  /// Above 0 for a walk around the organ, below 0 for one around a hole.
  private static func doubledArea(_ points: [SIMD2<Int>]) -> Int {
    points.indices.reduce(0) { sum, index in
      let (a, b) = (points[index], points[(index + 1) % points.count])
      return sum + a.x * b.y - b.x * a.y
    }
  }
}
