/// The smooth random fields that paint the inside of tissues; they belong to the patient, not to the grid.
struct AtlasTextures: Sendable {
  /// Control points every 7.5 mm.
  let fine: SmoothField
  /// Every 18 mm.
  let medium: SmoothField
  /// Every 42 mm.
  let coarse: SmoothField
  /// Vessels of the liver run where both of these are near 0.
  let smallVessels: SmoothField
  let largeVessels: SmoothField
  /// Slow change of brightness over the whole image, HU.
  let bias: SmoothField

  /// Draws the textures of a seed over the box `-reach ... reach`, mm.
  init(seed: UInt64, reach: SIMD3<Double>, biasSD: Double) {
    func field(_ name: String, _ controlSpacing: Double, _ sd: Double) -> SmoothField {
      var random = RandomStream(seed: seed, name: "atlas.texture.\(name)")
      return SmoothField(random: &random, controlSpacing: controlSpacing, sd: sd, low: -reach, high: reach)
    }
    let share = AtlasPose.splineShare
    fine = field("fine", 7.5, share)
    medium = field("medium", 18, share)
    coarse = field("coarse", 42, share)
    smallVessels = field("small vessels", 15, share)
    largeVessels = field("large vessels", 21, share)
    bias = field("bias", 90, biasSD * share)
  }
}
