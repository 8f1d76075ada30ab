/// Everything inside any of some shapes, with rounded seams.
struct Union: Shape {
  let shapes: [any Shape]
  /// Width of the rounding, mm; 0 keeps sharp seams.
  var blend: Float = 0

  var bounds: Bounds { shapes.dropFirst().reduce(shapes[0].bounds) { $0.union($1.bounds) }.grown(by: blend) }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    shapes[0].distances(along: row, into: output)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: output.count) { other in
      for shape in shapes.dropFirst() {
        shape.distances(along: row, into: other)
        guard blend > 0 else {
          for index in 0..<output.count { output[index] = min(output[index], other[index]) }
          continue
        }
        let (blend, inverse) = (blend, 1 / blend)
        for index in 0..<output.count {
          let (a, b) = (output[index], other[index])
          let overlap = max(blend - abs(a - b), 0)
          output[index] = min(a, b) - overlap * overlap * inverse * 0.25
        }
      }
    }
  }
}

/// A shape without a part.
struct Difference: Shape {
  let shape: any Shape
  let removed: any Shape

  var bounds: Bounds { shape.bounds }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    shape.distances(along: row, into: output)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: output.count) { other in
      removed.distances(along: row, into: other)
      for index in 0..<output.count { output[index] = max(output[index], -other[index]) }
    }
  }
}

/// What lies inside both of two shapes; the first one bounds it.
struct Intersection: Shape {
  let shape: any Shape
  let other: any Shape

  var bounds: Bounds { shape.bounds }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    shape.distances(along: row, into: output)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: output.count) { other in
      self.other.distances(along: row, into: other)
      for index in 0..<output.count { output[index] = max(output[index], other[index]) }
    }
  }
}

/// A shape whose surface goes in and out with a field.
struct Roughened: Shape {
  let shape: any Shape
  let field: SmoothField
  /// Millimetres a unit of the field.
  let amplitude: Float
  /// Millimetres a unit of the field's absolute value: positive cuts clefts between round lobules.
  var cleft: Float = 0

  var bounds: Bounds { shape.bounds.grown(by: 2 * amplitude + cleft) }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    shape.distances(along: row, into: output)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: output.count) { values in
      field.fill(row: row.xs, y: row.y, z: row.z, into: values)
      let (amplitude, cleft) = (amplitude, cleft)
      // Of mean 0, so that roughness does not change the volume: the mean of |normal| is 0.798.
      for index in 0..<output.count {
        output[index] += amplitude * values[index] + cleft * (0.798 - abs(values[index]))
      }
    }
  }
}

/// The half of space on one side of a plane.
struct HalfSpace: Shape {
  /// Unit normal, pointing out of the half that is meant.
  let normal: SIMD3<Double>
  /// A point of the plane, mm.
  let point: SIMD3<Double>

  var bounds: Bounds { .unlimited }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    let normal = SIMD3<Float>(self.normal)
    let constant = normal.y * row.y + normal.z * row.z - Float((self.normal * point).sum())
    for index in 0..<output.count { output[index] = normal.x * row.xs[index] + constant }
  }
}

/// A thin layer along the surface of a shape.
struct Shell: Shape {
  let shape: any Shape
  /// Half the thickness, mm, and how far inside the surface its middle lies.
  let halfThickness: Float
  let depth: Float

  var bounds: Bounds { shape.bounds }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    shape.distances(along: row, into: output)
    let (halfThickness, depth) = (halfThickness, depth)
    for index in 0..<output.count { output[index] = abs(output[index] + depth) - halfThickness }
  }
}
