extension LabelMap {
  /// The squared Euclidean distance from every voxel to the nearest foreground voxel, centre to centre, mm².
  ///
  /// [z, y, x] as the labels; 0 on the foreground itself, infinite everywhere when there is none. `spacing` in mm along
  /// each array axis must be above 0. Exact up to the rounding of Float: lower envelopes of parabolas, one axis after the
  /// other (Felzenszwalb and Huttenlocher, Distance transforms of sampled functions, Theory of Computing 2012).
  /// Cost: three passes, linear in the number of voxels, on the calling thread; 4 bytes a voxel and a few lines.
  public func squaredDistances(spacing: SIMD3<Double>) -> [Float] {
    precondition(spacing.min() > 0, "a spacing is a length")
    var distances = labels.map { $0 == 0 ? Float.infinity : 0 }
    distances.withUnsafeMutableBufferPointer { distances in
      for axis in Axis.allCases {
        var envelope = ParabolaEnvelope(length: size[axis], spacing: spacing[axis.rawValue])
        size.forEachLine(along: axis) { start, stride in
          envelope.transform(distances, start: start, stride: stride)
        }
      }
    }
    return distances
  }
}

extension VolumeSize {
  /// Calls `body` with the first offset and the stride of every line of voxels along `axis`.
  fileprivate func forEachLine(along axis: Axis, _ body: (_ start: Int, _ stride: Int) -> Void) {
    switch axis {
    case .x: for row in 0..<y * z { body(row * x, 1) }
    case .y: for plane in 0..<z { for column in 0..<x { body(plane * x * y + column, x) } }
    case .z: for column in 0..<x * y { body(column, x * y) }
    }
  }
}

/// The lower envelope of the parabolas that stand on one line of samples, and the memory that it takes.
///
/// Sample q carries the parabola value(q) + (spacing * (p - q))²; the transform of the line is their minimum at each p.
private struct ParabolaEnvelope {
  /// Squared spacing, mm².
  private let squaredSpacing: Double
  /// The line's values before the transform.
  private var values: [Double]
  /// Samples whose parabolas take part in the envelope, in order.
  private var vertices: [Int]
  /// Parabola i is lowest from `starts[i]` on, in samples.
  private var starts: [Double]

  init(length: Int, spacing: Double) {
    squaredSpacing = spacing * spacing
    values = [Double](repeating: 0, count: length)
    vertices = [Int](repeating: 0, count: length)
    starts = [Double](repeating: 0, count: length)
  }

  /// Replaces one line of squared distances by their envelope.
  mutating func transform(_ distances: UnsafeMutableBufferPointer<Float>, start: Int, stride: Int) {
    let count = values.count
    precondition(start >= 0 && start + (count - 1) * stride < distances.count, "the line lies inside the volume")
    let squaredSpacing = squaredSpacing
    values.withUnsafeMutableBufferPointer { values in
      vertices.withUnsafeMutableBufferPointer { vertices in
        starts.withUnsafeMutableBufferPointer { starts in
          var last = -1
          for sample in 0..<count {
            let value = Double(distances[start &+ sample &* stride])
            values[sample] = value
            guard value.isFinite else { continue }
            var begin = -Double.infinity
            while last >= 0 {
              // Where this parabola comes below the last one; heights in units of squared samples.
              let vertex = vertices[last]
              begin =
                ((value - values[vertex]) / squaredSpacing + Double(sample &* sample &- vertex &* vertex))
                / Double(2 &* (sample &- vertex))
              if begin > starts[last] { break }
              last &-= 1
              begin = -Double.infinity
            }
            last &+= 1
            (vertices[last], starts[last]) = (sample, begin)
          }
          guard last >= 0 else { return }
          var lowest = 0
          for sample in 0..<count {
            while lowest < last, starts[lowest &+ 1] < Double(sample) { lowest &+= 1 }
            let steps = Double(sample &- vertices[lowest])
            distances[start &+ sample &* stride] = Float(values[vertices[lowest]] + squaredSpacing * steps * steps)
          }
        }
      }
    }
  }
}
