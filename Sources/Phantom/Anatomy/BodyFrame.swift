/// Takes the reference body's millimetres to a patient's: proportions, a smooth deformation, rotation and place.
///
/// The reference body is of mean size, with its origin before the second lumbar vertebra; x+ left, y+ posterior,
/// z+ superior.
struct BodyFrame: Sendable {
  /// Size along the body's x, y, z beside the mean body.
  let scale: SIMD3<Double>
  let cosine: Double
  let sine: Double
  let offset: SIMD3<Double>
  private let deformation: [SmoothField]

  /// The frame of a patient. `difficulty` stretches the deformation.
  init(seed: UInt64, traits: PatientTraits, difficulty: Double) {
    scale = SIMD3(traits.scale * traits.width, traits.scale * traits.depth, traits.scale)
    (cosine, sine) = (ElementaryFunctions.cos(traits.rotation), ElementaryFunctions.sin(traits.rotation))
    offset = traits.offset
    var random = RandomStream(seed: seed, name: "deformation")
    let strength = random.uniform(4, 8) * difficulty
    deformation = (0..<3).map { _ in
      SmoothField(
        random: &random, controlSpacing: 75, sd: strength, low: SIMD3(-240, -200, -200), high: SIMD3(240, 200, 200))
    }
  }

  /// Where a point of the reference body lies in the patient.
  func place(_ point: SIMD3<Double>) -> SIMD3<Double> {
    let scaled = point * scale
    let moved =
      scaled
      + SIMD3(
        deformation[0].value(at: scaled), deformation[1].value(at: scaled), deformation[2].value(at: scaled))
    return turned(moved) + offset
  }

  /// A direction of the body in the patient.
  func turned(_ v: SIMD3<Double>) -> SIMD3<Double> {
    SIMD3(cosine * v.x - sine * v.y, sine * v.x + cosine * v.y, v.z)
  }

  /// The body's axes in the patient after a turn about z by `angle` and a tip about x by `tip`, radians.
  func axes(turn angle: Double = 0, tip: Double = 0) -> [SIMD3<Double>] {
    let (c, s) = (ElementaryFunctions.cos(angle), ElementaryFunctions.sin(angle))
    let (ct, st) = (ElementaryFunctions.cos(tip), ElementaryFunctions.sin(tip))
    let first = SIMD3(c, s, 0)
    let second = SIMD3(-s * ct, c * ct, st)
    let third = SIMD3(s * st, -c * st, ct)
    return [turned(first), turned(second), turned(third)]
  }

  /// The mean scale, for radii.
  var meanScale: Double { (scale.x + scale.y + scale.z) / 3 }
}
