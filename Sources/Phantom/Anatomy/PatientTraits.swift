/// What is drawn once for a patient and felt by every organ.
struct PatientTraits: Sendable {
  /// When after the injection of contrast medium the scan was made.
  enum Phase: String, Sendable, CaseIterable {
    case native, arterial, portalVenous = "portal-venous"
  }

  let phase: Phase
  /// How much fat, 0 (thin) to 1 (obese): inside the belly and under the skin.
  let visceralFat: Double
  let subcutaneousFat: Double
  /// Of the muscles and of the pancreas, 0 to 1.
  let wasting: Double
  /// Size of the body, 1 is the mean.
  let scale: Double
  /// Width and depth beside it.
  let width: Double
  let depth: Double
  /// Rotation about the long axis, radians, and place on the table, mm.
  let rotation: Double
  let offset: SIMD3<Double>
  /// Thickness of the fat between neighbouring organs, mm.
  let fatGap: Double
  /// Arms beside the trunk instead of raised above the head.
  let hasArmsBeside: Bool
  /// The field of view in mm, and the height of its centre above the body's origin.
  let fieldOfView: SIMD3<Double>
  let centreHeight: Double

  /// The traits of a seed.
  init(seed: UInt64) {
    var random = RandomStream(seed: seed, name: "patient")
    phase = [.native, .portalVenous, .arterial][random.choice(weights: [0.32, 0.5, 0.18])]
    // Thin, middle and obese bodies all occur often.
    let fat = random.uniform()
    visceralFat = min(max(fat + random.normal(0, 0.15), 0), 1)
    subcutaneousFat = min(max(fat + random.normal(0, 0.2), 0), 1)
    let age = random.uniform()
    wasting = age * age
    scale = random.uniform(0.9, 1.06)
    width = random.uniform(0.93, 1.05) + 0.07 * visceralFat
    depth = random.uniform(0.88, 1.02) + 0.16 * visceralFat
    // Most patients lie straight; one in eight does not.
    let tilt = random.chance(0.125) ? 0.16 : 0.045
    rotation = min(max(random.normal(0, tilt), -0.4), 0.4)
    offset = SIMD3(random.normal(0, 9), random.normal(0, 9), 0)
    fatGap = 0.25 + 2.2 * visceralFat * random.uniform(0.35, 1)
    let bodyWidth = 2 * (132 * scale * width + 14 + PatientTraits.fatUnderSkin(subcutaneousFat))
    hasArmsBeside = random.chance(0.22)
    let air = hasArmsBeside ? random.uniform(70, 200) : random.uniform(8, 95)
    let side = min(max(bodyWidth + air, 300), 500)
    fieldOfView = SIMD3(side, side, random.uniform(200, 285))
    centreHeight = random.uniform(-26, 14)
  }

  /// Thickness of the fat under the skin at the flanks, mm.
  static func fatUnderSkin(_ fat: Double) -> Double { 3 + 11 * fat + 26 * fat * fat }

  /// For phantom.json.
  var choices: [String: PhantomRecord.ChoiceValue] {
    [
      "phase": .text(phase.rawValue), "visceral_fat": .number(visceralFat),
      "subcutaneous_fat": .number(subcutaneousFat), "wasting": .number(wasting), "body_scale": .number(scale),
      "body_width": .number(width), "body_depth": .number(depth), "rotation_radians": .number(rotation),
      "arms": .text(hasArmsBeside ? "beside" : "raised"),
      "offset_mm": .list([.number(offset.x), .number(offset.y)]),
      "field_of_view_mm": .list([.number(fieldOfView.x), .number(fieldOfView.y), .number(fieldOfView.z)]),
    ]
  }
}
