/// A smooth random number at every point of space: a cubic B-spline over random values on a control grid.
///
/// Lies in patient millimetres, so that it is the same on every voxel grid. Outside the box it was made for it keeps
/// its border values.
public struct SmoothField: Sendable {
  /// Distance of the control points, mm.
  public let controlSpacing: Double
  private let low: SIMD3<Double>
  private let counts: SIMD3<Int>
  /// Control values, [z, y, x].
  private let coefficients: [Float]

  /// A field of mean 0 and standard deviation `sd` over the box `low ... high`, mm.
  ///
  /// The random values are stretched by 3.013: at a random point the squared weights of a cubic B-spline sum up to
  /// 151/315 along each axis, which would leave a third of their standard deviation.
  public init(
    random: inout RandomStream, controlSpacing: Double, sd: Double, low: SIMD3<Double>, high: SIMD3<Double>
  ) {
    precondition(controlSpacing > 0, "a control grid without spacing")
    self.controlSpacing = controlSpacing
    self.low = low
    let steps = ((high - low) / controlSpacing).rounded(.up)
    counts = SIMD3(max(Int(steps.x), 1) + 3, max(Int(steps.y), 1) + 3, max(Int(steps.z), 1) + 3)
    let share = 151.0 / 315
    let scale = sd / (share * share * share).squareRoot()
    var values = [Float]()
    values.reserveCapacity(counts.x * counts.y * counts.z)
    for _ in 0..<counts.x * counts.y * counts.z { values.append(Float(random.normal(0, scale))) }
    coefficients = values
  }

  /// The field at a point, mm.
  public func value(at point: SIMD3<Double>) -> Double {
    let (x, y, z) = (weights(point.x, axis: 0), weights(point.y, axis: 1), weights(point.z, axis: 2))
    var sum = 0.0
    for k in 0..<4 {
      for j in 0..<4 {
        let row = ((z.first + k) * counts.y + y.first + j) * counts.x + x.first
        var rowSum = 0.0
        for i in 0..<4 { rowSum += x.weights[i] * Double(coefficients[row + i]) }
        sum += z.weights[k] * y.weights[j] * rowSum
      }
    }
    return sum
  }

  /// The field along a row of points that share y and z, mm; agrees with `value(at:)` within Float's rounding.
  ///
  /// Cost: 16 operations for every control point along x, then about 20 for every point of the row.
  public func fill(row xs: [Float], y: Float, z: Float, into row: UnsafeMutableBufferPointer<Float>) {
    precondition(row.count == xs.count, "one value per point of the row")
    xs.withUnsafeBufferPointer { fill(row: $0, y: y, z: z, into: row) }
  }

  /// The same for a part of a row in place.
  func fill(
    row xs: UnsafeBufferPointer<Float>, y: Float, z: Float, into row: UnsafeMutableBufferPointer<Float>
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: counts.x) { contracted in
      contract(y: Double(y), z: Double(z), into: contracted)
      let (offset, scale) = (Float(low.x), Float(1 / controlSpacing))
      let last = Float(counts.x - 3)
      for index in 0..<row.count {
        let t = min(max((xs[index] - offset) * scale, 0), last)
        let first = min(Int(t), counts.x &- 4)
        let u = t - Float(first)
        let v = 1 - u
        let (uu, vv) = (u * u, v * v)
        let a = vv * v * contracted[first]
        let b = ((3 * u - 6) * uu + 4) * contracted[first &+ 1]
        let c = ((3 * v - 6) * vv + 4) * contracted[first &+ 2]
        row[index] = ((a + b) + (c + uu * u * contracted[first &+ 3])) * (1 / 6)
      }
    }
  }

  /// The control values along x after y and z are settled.
  private func contract(y: Double, z: Double, into contracted: UnsafeMutableBufferPointer<Float>) {
    let (y, z) = (weights(y, axis: 1), weights(z, axis: 2))
    contracted.update(repeating: 0)
    coefficients.withUnsafeBufferPointer { coefficients in
      for k in 0..<4 {
        for j in 0..<4 {
          let weight = Float(z.weights[k] * y.weights[j])
          let row = ((z.first + k) * counts.y + y.first + j) * counts.x
          for x in 0..<counts.x { contracted[x] += weight * coefficients[row &+ x] }
        }
      }
    }
  }

  /// The first of the four control points around a coordinate and their weights.
  private func weights(_ coordinate: Double, axis: Int) -> (first: Int, weights: SIMD4<Double>) {
    let t = min(max((coordinate - low[axis]) / controlSpacing, 0), Double(counts[axis] - 3))
    let first = min(Int(t), counts[axis] - 4)
    let u = t - Double(first)
    let v = 1 - u
    let weights = SIMD4(v * v * v, (3 * u - 6) * u * u + 4, (3 * v - 6) * v * v + 4, u * u * u) / 6
    return (first, weights)
  }
}
