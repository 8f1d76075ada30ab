/// A bent tube: everything within a radius that may change along a smooth curve.
struct Tube: Shape {
  let bounds: Bounds
  /// Points along the curve, mm.
  let centreline: [SIMD3<Double>]
  private let pieces: [Piece]
  private let heightScale: Float

  /// A straight piece whose radius changes linearly; z is divided by the tube's height.
  private struct Piece {
    let start: SIMD3<Float>
    let step: SIMD3<Float>
    let inverseSquare: Float
    let radius: Float
    let radiusStep: Float
    /// Where its distance is below `far`.
    let bounds: Bounds
  }

  /// A Catmull-Rom curve through `points` with the radii there, mm.
  ///
  /// `height` stretches the cross-section along z. `modulation` multiplies the radius, given the length along the tube.
  init(
    points: [SIMD3<Double>], radii: [Double], height: Double = 1, modulation: (Double) -> Double = { _ in 1 }
  ) {
    precondition(points.count == radii.count && points.count >= 2, "a radius for every point")
    let (curve, curveRadii) = Self.curve(points: points, radii: radii, modulation: modulation)
    centreline = curve
    heightScale = Float(1 / height)
    var pieces: [Piece] = []
    var bounds: Bounds?
    for index in 0..<curve.count - 1 {
      let (start, end) = (SIMD3<Float>(curve[index]), SIMD3<Float>(curve[index + 1]))
      let reach = SIMD3<Float>(1, 1, Float(height)) * Float(max(curveRadii[index], curveRadii[index + 1]))
      let box = Bounds(low: pointwiseMin(start, end) - reach, high: pointwiseMax(start, end) + reach)
      bounds = bounds?.union(box) ?? box
      var (from, step) = (start, end - start)
      from.z *= heightScale
      step.z *= heightScale
      pieces.append(
        Piece(
          start: from, step: step, inverseSquare: 1 / max((step * step).sum(), 1e-6),
          radius: Float(curveRadii[index]), radiusStep: Float(curveRadii[index + 1] - curveRadii[index]),
          bounds: box.grown(by: Self.far * Float(max(height, 1)))))
    }
    self.pieces = pieces
    self.bounds = bounds ?? .unlimited
  }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    output.update(repeating: Self.far)
    guard let first = row.xs.first, let last = row.xs.last else { return }
    let spacing = row.xs.count > 1 ? (last - first) / Float(row.xs.count - 1) : 1
    for piece in pieces {
      guard row.y >= piece.bounds.low.y, row.y <= piece.bounds.high.y, row.z >= piece.bounds.low.z,
        row.z <= piece.bounds.high.z, piece.bounds.high.x >= first, piece.bounds.low.x <= last
      else { continue }
      let from = max(0, Int((piece.bounds.low.x - first) / spacing))
      let to = min(output.count, Int((piece.bounds.high.x - first) / spacing) + 2)
      guard from < to else { continue }
      add(
        piece, y: row.y - piece.start.y, z: row.z * heightScale - piece.start.z, xs: row.xs, columns: from..<to, output)
    }
  }

  /// output = min(output, distance to the piece) for some columns.
  private func add(
    _ piece: Piece, y: Float, z: Float, xs: UnsafeBufferPointer<Float>, columns: Range<Int>,
    _ output: UnsafeMutableBufferPointer<Float>
  ) {
    let (sx, sy, sz) = (piece.step.x, piece.step.y, piece.step.z)
    let along = (y * sy + z * sz) * piece.inverseSquare
    let alongX = sx * piece.inverseSquare
    let (x0, radius, radiusStep) = (piece.start.x, piece.radius, piece.radiusStep)
    for index in columns {
      let x = xs[index] - x0
      let t = min(max(along + x * alongX, 0), 1)
      let (dx, dy, dz) = (x - t * sx, y - t * sy, z - t * sz)
      let distance = (dx * dx + dy * dy + dz * dz).squareRoot() - (radius + t * radiusStep)
      output[index] = min(output[index], distance)
    }
  }

  /// The sampled curve: pieces of about half a radius, 2 to 7 mm.
  private static func curve(
    points: [SIMD3<Double>], radii: [Double], modulation: (Double) -> Double
  ) -> ([SIMD3<Double>], [Double]) {
    var curve: [SIMD3<Double>] = []
    var curveRadii: [Double] = []
    var length = 0.0
    for index in 0..<points.count - 1 {
      let (b, c) = (points[index], points[index + 1])
      let a = index > 0 ? points[index - 1] : b
      let d = index + 2 < points.count ? points[index + 2] : c
      let span = ((c - b) * (c - b)).sum().squareRoot()
      let target = min(max(0.5 * min(radii[index], radii[index + 1]), 2), 7)
      let count = max(1, Int((span / target).rounded(.up)))
      for step in 0..<count {
        let t = Double(step) / Double(count)
        let linear = (c - a) * t
        let quadratic = (2 * a - 5 * b + 4 * c - d) * (t * t)
        let cubic = (3 * b - a - 3 * c + d) * (t * t * t)
        curve.append(b + (linear + quadratic + cubic) * 0.5)
        curveRadii.append((radii[index] + (radii[index + 1] - radii[index]) * t) * modulation(length + span * t))
      }
      length += span
    }
    curve.append(points[points.count - 1])
    curveRadii.append(radii[radii.count - 1] * modulation(length))
    return (curve, curveRadii)
  }

  /// The volume of a tube by its curve and radii alone, mL: for finding the thickness of an organ of a given size.
  static func millilitres(points: [SIMD3<Double>], radii: [Double], height: Double = 1) -> Double {
    let (curve, curveRadii) = curve(points: points, radii: radii) { _ in 1 }
    var volume = 0.0
    for index in 0..<curve.count - 1 {
      let step = curve[index + 1] - curve[index]
      let radius = 0.5 * (curveRadii[index] + curveRadii[index + 1])
      volume += Double.pi * radius * radius * (step * step).sum().squareRoot()
    }
    let ends = 2.0 / 3 * Double.pi * (cube(curveRadii[0]) + cube(curveRadii[curveRadii.count - 1]))
    return (volume + ends) * height / 1000
  }

  private static func cube(_ x: Double) -> Double { x * x * x }
}
