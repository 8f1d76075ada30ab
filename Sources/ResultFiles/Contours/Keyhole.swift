/// Joins holes to the polygon around them.
enum Keyhole {
  /// One polygon that goes around `outer` and, over slits of no width, around every hole.
  ///
  /// Each slit connects the two closest corners. Cost: corners of the polygon times corners of the holes.
  static func joined(_ outer: [SIMD2<Double>], holes: [[SIMD2<Double>]]) -> [SIMD2<Double>] {
    holes.reduce(outer) { polygon, hole in
      var closest = (distance: Double.infinity, polygon: 0, hole: 0)
      for (i, corner) in polygon.enumerated() {
        for (j, other) in hole.enumerated() {
          let step = corner - other
          let distance = (step * step).sum()
          if distance < closest.distance { closest = (distance, i, j) }
        }
      }
      // There and back: both ends of the slit stand twice.
      return Array(polygon[...closest.polygon]) + Array(hole[closest.hole...]) + Array(hole[...closest.hole])
        + Array(polygon[closest.polygon...])
    }
  }
}
