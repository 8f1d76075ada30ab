import Volumes

/// How one case's body differs from the atlas: size, turn, place and two scales of smooth warps, all in mm.
///
/// Maps a point of the synthetic patient to the point of the atlas that is seen there; both count from their centres.
struct AtlasPose: Sendable {
  /// Rows of the linear part.
  /// How much larger than the atlas the body is along each axis.
  let scale: SIMD3<Double>
  private let matrix: [SIMD3<Double>]
  private let shift: SIMD3<Double>
  /// Displacement along x, y and z, once coarse and once fine, mm.
  private let warps: [SmoothField]
  /// What was drawn.
  let choices: [String: PhantomRecord.ChoiceValue]

  /// The standard deviation that a B-spline of the prototype's distributions really had.
  static let splineShare = 0.73

  /// Draws a pose; `difficulty` 0 leaves the body as it is in the atlas, 1 is the training distribution.
  init(seed: UInt64, difficulty: Double, reach: SIMD3<Double>) {
    var random = RandomStream(seed: seed, name: "atlas.pose")
    func softened(_ factor: Double) -> Double { max(1 + difficulty * (factor - 1), 0.3) }
    var scale = SIMD3(random.uniform(0.82, 1.15), random.uniform(0.82, 1.15), random.uniform(0.85, 1.15))
    scale *= random.uniform(0.93, 1.08)
    scale = SIMD3(softened(scale.x), softened(scale.y), softened(scale.z))
    // Angles about z, y and x, degrees; some patients lie turned on the table.
    var angles = SIMD3(random.normal(0, 5), random.normal(0, 5), random.normal(0, 5)) * difficulty
    let turned = random.chance(0.08)
    let extraTurn = random.normal(0, 15) * difficulty
    if turned { angles.x += extraTurn }
    var shift = SIMD3(random.normal(0, 7.5), random.normal(0, 7.5), random.normal(0, 7.5)) * difficulty
    let offCentre = random.chance(0.12)
    let offset = SIMD3(random.uniform(-35, 35), random.uniform(-20, 20), 0) * difficulty
    if offCentre { shift += offset }
    let coarse = random.uniform(3, 9.6) * Self.splineShare * difficulty
    let fine = random.uniform(1.2, 4.5) * Self.splineShare * difficulty

    var rotation = [SIMD3(1.0, 0, 0), SIMD3(0, 1.0, 0), SIMD3(0, 0, 1.0)]
    for (angle, plane) in zip([angles.x, angles.y, angles.z], [(0, 1), (0, 2), (1, 2)]) {
      let radians = angle * (3.141592653589793 / 180)
      let (sine, cosine) = (ElementaryFunctions.sin(radians), ElementaryFunctions.cos(radians))
      // rotation = rotation * turn in this plane.
      for row in 0..<3 {
        let (a, b) = (rotation[row][plane.0], rotation[row][plane.1])
        rotation[row][plane.0] = a * cosine + b * sine
        rotation[row][plane.1] = b * cosine - a * sine
      }
    }
    self.scale = scale
    matrix = rotation.map { $0 / scale }
    self.shift = shift

    // One box for every output grid, so that the warp does not depend on it.
    let box = reach * 1.3
    var warpRandom = RandomStream(seed: seed, name: "atlas.warp")
    var warps: [SmoothField] = []
    for (controlSpacing, sd) in [(66.0, coarse), (30.0, fine)] {
      for _ in 0..<3 {
        warps.append(
          SmoothField(random: &warpRandom, controlSpacing: controlSpacing, sd: sd, low: -box, high: box))
      }
    }
    self.warps = warps
    choices = [
      "scale": .list([.number(scale.x), .number(scale.y), .number(scale.z)]),
      "turn_degrees": .list([.number(angles.x), .number(angles.y), .number(angles.z)]),
      "turned": .bool(turned), "off_centre": .bool(offCentre),
      "shift_mm": .list([.number(shift.x), .number(shift.y), .number(shift.z)]),
      "coarse_warp_sd_mm": .number(coarse), "fine_warp_sd_mm": .number(fine),
    ]
  }

  /// Where the ends of the atlas lie on the patient's long axis, mm, before the smooth warps.
  func longAxis(reach: Double) -> ClosedRange<Double> {
    let ends = [-reach, reach].map { ($0 - shift.z) / matrix[2].z }
    return min(ends[0], ends[1])...max(ends[0], ends[1])
  }

  /// Points of the atlas seen along a row of points that share y and z; `scratch` has room for the row.
  func map(
    row xs: UnsafeBufferPointer<Float>, y: Double, z: Double, scratch: UnsafeMutableBufferPointer<Float>,
    into points: (x: AtlasRow.Values, y: AtlasRow.Values, z: AtlasRow.Values)
  ) {
    for (axis, target) in [points.x, points.y, points.z].enumerated() {
      let (slope, start) = (Float(matrix[axis].x), Float(matrix[axis].y * y + matrix[axis].z * z + shift[axis]))
      warps[axis].fill(row: xs, y: Float(y), z: Float(z), into: target)
      warps[3 + axis].fill(row: xs, y: Float(y), z: Float(z), into: scratch)
      for index in 0..<xs.count { target[index] += scratch[index] + (slope * xs[index] + start) }
    }
  }
}
