extension AnatomyBuilder {
  /// Liver with its vessels, gallbladder, spleen, adrenals and kidneys.
  mutating func addSolidOrgans() {
    addLiver()
    addGallbladder()
    addSpleen()
    addKidneys()
    addAdrenals()
  }

  private mutating func addLiver() {
    var random = random("liver")
    let size = random.uniform(0.92, 1.1)
    let reach = random.uniform(48, 82)
    let right = ellipsoid(SIMD3(-76, 2, 52), SIMD3(67, 80, 84) * size, turn: 0.15, squareness: 0.2)
    let tail = ellipsoid(
      SIMD3(-96, 18, random.uniform(-22, 6)), SIMD3(36, 52, 52) * size, turn: 0.2)
    let left = ellipsoid(
      SIMD3(-14, -46, random.uniform(58, 70)), SIMD3(reach, 30, 34), turn: -0.2)
    let caudate = ellipsoid(SIMD3(-24, 4, 46), SIMD3(15, 12, 24))
    let solid = Roughened(
      shape: Union(shapes: [right, tail, left, caudate], blend: 14), field: coarse, amplitude: 3.2)
    // The porta hepatis and the fissure of the ligamentum teres are filled with fat.
    let hilum = tube([SIMD3(-30, -2, 26), SIMD3(-50, 2, 40)], [11, 4])
    let fissure = ellipsoid(SIMD3(-20, -62, 38), SIMD3(4, 22, 24), turn: 0.2)
    let tissue = Material(
      tissues.liver, .init(field: coarse, amplitude: 2.2), .init(field: medium, amplitude: 2.5))
    let shape = Difference(shape: solid, removed: Union(shapes: [hilum, fissure], blend: 3))
    paint(shape, [Layer(fatMaterial, inset: -0.4 * traits.fatGap), Layer(tissue, label: .liver)])
    addLiverVessels(&random)
    let lesions = random.chance(0.3) ? random.integer(in: 1..<5) : 0
    choices["liver_lesions"] = .number(Double(lesions))
    for _ in 0..<lesions {
      let centre = SIMD3(random.uniform(-115, -40), random.uniform(-45, 45), random.uniform(15, 95))
      let radius = random.uniform(3, 14)
      let hounsfield = random.chance(0.6) ? random.uniform(0, 14) : tissues.liver - random.uniform(15, 45)
      paint(
        Intersection(shape: ellipsoid(centre, SIMD3(repeating: radius)), other: shape),
        [Layer(Material(hounsfield), inset: 1)])
    }
  }

  private mutating func addLiverVessels(_ random: inout RandomStream) {
    let portal = Material(tissues.portalVein)
    let hepatic = Material(0.5 * (tissues.portalVein + tissues.inferiorVenaCava) - 4)
    let hilum = SIMD3(-48.0, 2, 44)
    for _ in 0..<7 {
      let end = SIMD3(random.uniform(-125, -35), random.uniform(-50, 55), random.uniform(0, 105))
      let middle = (hilum + end) * 0.5 + step(9, &random)
      paint(tube([hilum, middle, end], [5, 3.2, 1.4]), [Layer(portal)])
    }
    let root = SIMD3(-24.0, 14, 108)
    for end in [SIMD3(-110.0, 20, 50), SIMD3(-75, -30, 48), SIMD3(-15, -45, 66)] {
      let middle = (root + end) * 0.5 + step(7, &random)
      paint(tube([root, middle, end + step(9, &random)], [5.5, 4, 1.8]), [Layer(hepatic)])
    }
  }

  private mutating func addGallbladder() {
    var random = random("gallbladder")
    let isMissing = random.chance(0.15)
    choices["gallbladder"] = .text(isMissing ? "missing" : "present")
    guard !isMissing else { return }
    let size = random.uniform(0.65, 1.2)
    let neck = jittered([SIMD3(-44, -8, 24)], 3, &random)[0]
    let fundus = neck + SIMD3(random.uniform(-22, -8), random.uniform(-42, -24), random.uniform(-36, -18))
    let shape = tube(
      [neck, neck + (fundus - neck) * 0.35 + step(2, &random), neck + (fundus - neck) * 0.72, fundus],
      [3.5, 10, 14, 11].map { $0 * size })
    let bile = Material(tissues.bile, .init(field: medium, amplitude: 2))
    paint(
      shape,
      [
        Layer(fatMaterial, inset: -0.5 * traits.fatGap),
        Layer(Material(tissues.bowelWall - 8), label: .gallbladder), Layer(bile, label: .gallbladder, inset: 1.6),
      ])
    let stones = random.chance(0.2) ? random.integer(in: 1..<6) : 0
    choices["gallstones"] = .number(Double(stones))
    for _ in 0..<stones {
      let at = neck + (fundus - neck) * random.uniform(0.45, 0.8) + SIMD3(0, 8 * size, 0) + step(3, &random)
      let stone = ellipsoid(at, SIMD3(repeating: random.uniform(2, 5)))
      paint(Intersection(shape: stone, other: shape), [Layer(Material(random.uniform(60, 420)))])
    }
  }

  private mutating func addSpleen() {
    var random = random("spleen")
    let size = SIMD3(random.uniform(25, 34), random.uniform(40, 52), random.uniform(34, 56))
    let centre = jittered([SIMD3(101, 36, 54)], 5, &random)[0]
    let bulk = ellipsoid(centre, size, turn: random.uniform(0.35, 0.6))
    // The stomach and the kidney hollow out its inner side.
    let hollow = ellipsoid(centre + SIMD3(-34, -22, -4), SIMD3(27, 36, 60), turn: 0.5)
    let shape = Roughened(shape: Difference(shape: bulk, removed: hollow), field: coarse, amplitude: 2.2)
    let mottle = traits.phase == .arterial ? 13.0 : 2.2
    let tissue = Material(tissues.spleen, .init(field: medium, amplitude: Float(mottle)))
    paint(shape, [Layer(fatMaterial, inset: -0.6 * traits.fatGap), Layer(tissue, label: .spleen)])
    if random.chance(0.2) {
      let accessory = ellipsoid(
        centre + SIMD3(-24, -14, random.uniform(-35, 0)), SIMD3(repeating: random.uniform(4, 8)))
      paint(accessory, [Layer(tissue)])
    }
  }

  private mutating func addKidneys() {
    var random = random("kidneys")
    var cysts = 0.0
    for (side, label, height) in [(-1.0, PhantomLabel.rightKidney, -24.0), (1, .leftKidney, -9)] {
      let centre = jittered([SIMD3(side * 60, 55, height)], 4, &random)[0]
      let size = random.uniform(0.88, 1.1)
      let turn = side * 0.5
      let shape = Roughened(
        shape: ellipsoid(centre, SIMD3(26, 29, 53) * size, turn: turn, tip: -0.12, squareness: 0.15), field: coarse,
        amplitude: 1.4)
      let cortex = Material(tissues.renalCortex, .init(field: medium, amplitude: 3))
      let pyramids = Roughened(shape: shape, field: medium, amplitude: 4)
      paint(
        shape,
        [Layer(fatMaterial, inset: -1 - 3 * traits.visceralFat).clearingLabels(), Layer(cortex, label: label)])
      paint(pyramids, [Layer(Material(tissues.renalMedulla, .init(field: medium, amplitude: 5)), inset: 8)])
      let sinus = Roughened(
        shape: ellipsoid(centre + SIMD3(-side * 13, -7, 0), SIMD3(12, 9, 24), turn: turn), field: medium,
        amplitude: 3.5)
      paint(sinus, [Layer(Material(tissues.fat + 25, .init(field: medium, amplitude: 25))).clearingLabels()])
      let pelvis = tube(
        [centre + SIMD3(-side * 10, -6, -4), centre + SIMD3(-side * 24, -8, -14), centre + SIMD3(-side * 27, -8, -90)],
        [5, 4, 2.2])
      paint(pelvis, [Layer(Material(random.uniform(4, 22))).clearingLabels()])
      // The renal vein goes to the inferior vena cava, the left one in front of the aorta.
      let cava = SIMD3(side < 0 ? -24 : -14, 34, height + 10)
      let bend = SIMD3(side < 0 ? -34 : 8, side < 0 ? 44 : 22, height + 10)
      let vein = tube(
        [centre + SIMD3(-side * 14, -8, 2), centre + SIMD3(-side * 30, -18, 5), bend, cava], [4, 4.6, 4.4, 4])
      paint(vein, [Layer(Material(0.5 * (tissues.inferiorVenaCava + tissues.renalCortex)))])
      for _ in 0..<(random.chance(0.25) ? random.integer(in: 1..<4) : 0) {
        cysts += 1
        let at = centre + SIMD3(side * random.uniform(8, 24), random.uniform(-16, 16), random.uniform(-42, 42)) * size
        paint(
          ellipsoid(at, SIMD3(repeating: random.uniform(4, 17))),
          [Layer(Material(random.uniform(0, 14)), label: label)])
      }
    }
    choices["renal_cysts"] = .number(cysts)
  }

  private mutating func addAdrenals() {
    var random = random("adrenals")
    let tissue = Material(tissues.pancreas - 12 + random.normal(0, 6))
    for side in [-1.0, 1] {
      let apex = SIMD3(side * 32, 36, side < 0 ? 36 : 30) + step(3, &random)
      let limbs = [SIMD3(side * 15, 16, -14), SIMD3(side * 3, 20, -12)].map {
        tube([apex + SIMD3(0, -6, 8), apex, apex + $0], [1.6, 3.2, 1.8], height: 1.6)
      }
      paint(Union(shapes: limbs), [Layer(tissue)], in: .cavityBackground)
    }
  }
}
