/// An ellipsoid with free axes, between round and box-like.
struct Ellipsoid: Shape {
  let bounds: Bounds
  private let centre: SIMD3<Float>
  /// Rows of the map from millimetres to the unit ball.
  private let rows: [SIMD3<Float>]
  private let inverseRadii: SIMD3<Float>
  /// 0 for an ellipsoid, 1 for a superellipsoid of power 4.
  private let squareness: Float

  /// `axes` are the unit vectors that the radii (mm) belong to.
  init(centre: SIMD3<Double>, radii: SIMD3<Double>, axes: [SIMD3<Double>], squareness: Double = 0) {
    self.centre = SIMD3<Float>(centre)
    rows = (0..<3).map { SIMD3<Float>(axes[$0] / radii[$0]) }
    inverseRadii = SIMD3<Float>(1 / radii)
    self.squareness = Float(squareness)
    var reach = SIMD3<Double>.zero
    for axis in 0..<3 {
      let vector = axes[axis] * radii[axis]
      reach += squareness == 0 ? vector * vector : pointwiseMax(vector, -vector)
    }
    if squareness == 0 { reach = reach.squareRoot() }
    bounds = Bounds(low: SIMD3<Float>(centre - reach), high: SIMD3<Float>(centre + reach))
  }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    let offset = SIMD3(-centre.x, row.y - centre.y, row.z - centre.z)
    let (a, b, c) = ((rows[0] * offset).sum(), (rows[1] * offset).sum(), (rows[2] * offset).sum())
    let (ax, bx, cx) = (rows[0].x, rows[1].x, rows[2].x)
    let (ra, rb, rc) = (inverseRadii.x, inverseRadii.y, inverseRadii.z)
    let epsilon: Float = 1e-3
    let steepness = epsilon * inverseRadii.max()
    for index in 0..<output.count {
      let x = row.xs[index]
      let (u, v, w) = (a + ax * x, b + bx * x, c + cx * x)
      let (uu, vv, ww) = (u * u, v * v, w * w)
      let round = (uu + vv + ww).squareRoot()
      let square = (uu * uu + vv * vv + ww * ww).squareRoot().squareRoot()
      let norm = round + squareness * (square - round)
      let gradient = (uu * ra * ra + vv * rb * rb + ww * rc * rc).squareRoot()
      output[index] = (norm - 1) * (round + epsilon) / (gradient + steepness)
    }
  }
}
