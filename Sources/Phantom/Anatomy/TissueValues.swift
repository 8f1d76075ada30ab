/// The HU of a patient's tissues before noise.
///
/// Means and spreads follow measured abdominal CT: native 3 mm (liver 46, spleen 35, aorta 44, inferior vena cava 42,
/// gallbladder 3, pancreas 3 when fatty and 30 to 45 otherwise) and portal-venous (liver 91, spleen 81, pancreas 71,
/// portal vein 137, inferior vena cava 96).
struct TissueValues: Sendable {
  let liver: Double
  let spleen: Double
  let pancreas: Double
  let aorta: Double
  let inferiorVenaCava: Double
  let portalVein: Double
  let renalCortex: Double
  let renalMedulla: Double
  let bowelWall: Double
  let gastricWall: Double
  let muscle: Double
  let fat: Double
  let bile: Double
  let spongyBone: Double
  let corticalBone: Double
  let lung: Double

  /// The tissues of a seed. `difficulty` brings the bowel's wall closer to the pancreas.
  init(seed: UInt64, phase: PatientTraits.Phase, wasting: Double, difficulty: Double) {
    var random = RandomStream(seed: seed, name: "tissues")
    // How strongly and how late this patient enhances, shared by all organs.
    let dose = min(max(random.normal(1, 0.13), 0.7), 1.35)
    func draw(_ native: Double, _ portal: Double, _ arterial: Double, _ spread: Double) -> Double {
      let gain =
        switch phase {
        case .native: 0.0
        case .portalVenous: portal - native
        case .arterial: arterial - native
        }
      let factor = phase == .native ? 0.55 : 1.0
      return native + gain * dose + random.normal(0, spread * factor)
    }
    let steatosis = random.chance(0.18) ? random.uniform(8, 42) : 0
    liver = draw(51, 99, 64, 7) - steatosis
    spleen = draw(41, 93, 102, 8)
    pancreas = draw(39, 80, 96, 8)
    aorta = draw(43, 132, 285, 12)
    inferiorVenaCava = draw(42, 101, 62, 10)
    portalVein = draw(42, 138, 78, 11)
    renalCortex = draw(33, 165, 180, 14)
    renalMedulla = draw(31, 145, 70, 14)
    // Bowel looks like pancreas, the more so the harder the cohort.
    let likeness = min(13 / max(difficulty, 0.05), 40)
    bowelWall = pancreas + random.normal(-3, likeness)
    gastricWall = pancreas + random.normal(-8, likeness)
    muscle = draw(52, 62, 57, 5) - 24 * wasting
    fat = random.normal(-103, 5)
    bile = min(max(random.normal(5, 7), -8), 28)
    spongyBone = random.normal(205, 40) - 80 * wasting
    corticalBone = random.normal(520, 70)
    lung = random.normal(-845, 30)
  }

  /// For phantom.json.
  var choices: [String: PhantomRecord.ChoiceValue] {
    [
      "liver_hu": .number(liver), "spleen_hu": .number(spleen), "pancreas_tissue_hu": .number(pancreas),
      "aorta_hu": .number(aorta), "inferior_vena_cava_hu": .number(inferiorVenaCava),
      "portal_vein_hu": .number(portalVein), "bowel_wall_hu": .number(bowelWall), "muscle_hu": .number(muscle),
    ]
  }
}
