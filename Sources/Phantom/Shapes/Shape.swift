/// A row of voxel centres that share y and z, in patient millimetres, with how deep in the body each lies.
struct Row {
  /// x of every voxel centre, mm.
  let xs: UnsafeBufferPointer<Float>
  let y: Float
  let z: Float
  /// Signed distances to the skin, to the outside of the body wall and to its inside, mm; negative is deeper.
  let skin: UnsafeBufferPointer<Float>
  let wall: UnsafeBufferPointer<Float>
  let cavity: UnsafeBufferPointer<Float>

  /// A part of the row.
  subscript(columns: Range<Int>) -> Row {
    Row(
      xs: UnsafeBufferPointer(rebasing: xs[columns]), y: y, z: z,
      skin: UnsafeBufferPointer(rebasing: skin[columns]), wall: UnsafeBufferPointer(rebasing: wall[columns]),
      cavity: UnsafeBufferPointer(rebasing: cavity[columns]))
  }
}

/// A box in patient millimetres outside of which a shape is at least `Shape.far` away.
struct Bounds: Sendable {
  var low: SIMD3<Float>
  var high: SIMD3<Float>

  /// Everywhere.
  static let unlimited = Bounds(low: SIMD3(repeating: -1e6), high: SIMD3(repeating: 1e6))

  /// The box grown on all sides.
  func grown(by margin: Float) -> Bounds { Bounds(low: low - margin, high: high + margin) }

  /// The smallest box around both.
  func union(_ other: Bounds) -> Bounds {
    Bounds(low: pointwiseMin(low, other.low), high: pointwiseMax(high, other.high))
  }
}

/// A solid given by its signed distance, mm: negative inside. Approximate away from the surface, but of the right sign.
protocol Shape: Sendable {
  /// Where the solid lies.
  var bounds: Bounds { get }

  /// Writes the signed distance of every point of a row. Cost: linear in the row's length.
  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>)
}

extension Shape {
  /// What shapes may answer for any point that is farther away than this, mm.
  static var far: Float { 10 }
}
