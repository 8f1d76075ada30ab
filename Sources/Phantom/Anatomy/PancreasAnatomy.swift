/// Where the pancreas runs: drawn before the organs that follow it (duodenum, splenic vein).
struct PancreasCourse: Sendable {
  /// From the lower head to the tail, reference body, mm, with the radii there.
  let points: [SIMD3<Double>]
  let radii: [Double]
  /// The uncinate process behind the upper mesenteric vein.
  let uncinate: [SIMD3<Double>]
  let uncinateRadii: [Double]
  /// Stretch of the cross-section along z.
  let height: Double
  /// The middle of the head, the pylorus, and where the splenic and the mesenteric vein meet.
  let head: SIMD3<Double>
  let pylorus: SIMD3<Double>
  let confluence: SIMD3<Double>
  /// Aimed-at volume, mL, before lobulation.
  let targetMillilitres: Double

  init(seed: UInt64, traits: PatientTraits, difficulty: Double) {
    var random = RandomStream(seed: seed, name: "pancreas course")
    func away(_ sd: Double) -> SIMD3<Double> {
      let x = random.normal(0, sd)
      let y = random.normal(0, sd)
      return SIMD3(x, y, random.normal(0, sd))
    }
    let drift = away(4.5 * difficulty)
    let tailRise = random.uniform(-26, 34)
    let bodyBack = random.uniform(-12, 9)
    let local = 4.5 * difficulty
    head = SIMD3(-34, 6, -14) + drift + away(4 * difficulty)
    // The body arches over the spine: mostly forwards, in some patients upwards too (an inverted V).
    let arch = random.chance(0.25) ? random.uniform(6, 20) : random.uniform(-3, 6)
    var points = [
      head + SIMD3(-1, 3, -21), head + SIMD3(0, 2, -9), head, SIMD3(-22, -3, 0) + drift + away(local * 0.7),
      SIMD3(-6, -13, 8 + arch * 0.6) + drift + away(local * 0.7),
      SIMD3(14, -14 + bodyBack, 14 + arch) + drift + away(local),
      SIMD3(38, -4 + bodyBack, 16 + arch * 0.7 + tailRise * 0.4) + drift + away(local),
      SIMD3(60, 12 + bodyBack, 20 + tailRise * 0.75) + drift + away(local * 1.1),
      SIMD3(80, 24 + bodyBack, 26 + tailRise) + drift + away(local * 1.3),
    ]
    points[8] = points[7] + (points[8] - points[7]) * random.uniform(0.3, 1.15)
    // Volumes from atrophic to bulky, larger in bigger bodies, smaller in wasted ones.
    let atrophy = random.chance(0.12) ? 0.7 : 0
    let mean = ElementaryFunctions.log(80 * traits.scale * traits.scale) - 0.6 * traits.wasting - atrophy
    let drawn = ElementaryFunctions.exp(mean + random.normal(0, 0.36))
    targetMillilitres = min(max(drawn, 19), 118)
    height = random.uniform(1.05, 1.45)
    let shape = [9.0, 13.5, 15, 11.8, 8.4, 9.6, 9.5, 8.8, random.uniform(5.5, 8.8)]
    var radii = shape.map { $0 * ElementaryFunctions.exp(random.normal(0, 0.09)) }
    uncinate = [head + SIMD3(0, 3, -12), head + SIMD3(13, 7, -19), head + SIMD3(22, 8, -21)]
    var small = [10, 8, random.uniform(3.5, 7)]
    // The course is in reference millimetres; volume grows with the body.
    let bodyVolume = traits.scale * traits.scale * traits.scale * traits.width * traits.depth
    for _ in 0..<3 {
      let volume = bodyVolume * Tube.millilitres(points: points, radii: radii, height: height) * 1.04
      let factor = (targetMillilitres / volume).squareRoot()
      radii = radii.map { $0 * factor }
      small = small.map { $0 * factor }
    }
    (self.points, self.radii, uncinateRadii) = (points, radii, small)
    pylorus = SIMD3(-36, -24, 8) + drift * 0.5 + away(4)
    confluence = points[4] + SIMD3(-2, 4 + 1.15 * radii[4], -2)
  }
}

extension AnatomyBuilder {
  /// The gland with lobules, fat between them, duct, and in some patients a tumour, cysts or calcifications.
  mutating func addPancreas(_ course: PancreasCourse) {
    var random = random("pancreas")
    let fatFraction = min(
      max(0.75 * traits.visceralFat * random.uniform() + 0.45 * traits.wasting * random.uniform(), 0), 0.85)
    let lobulation = random.uniform(0.7, 1.8) + 1.8 * fatFraction
    choices["pancreas_target_ml"] = .number(course.targetMillilitres)
    choices["pancreas_fat"] = .number(fatFraction)
    choices["pancreas_lobulation_mm"] = .number(lobulation)
    let solid = Union(
      shapes: [
        tube(course.points, course.radii, height: course.height), tube(course.uncinate, course.uncinateRadii),
      ], blend: 3)
    let wavy = Roughened(shape: solid, field: medium, amplitude: 1.2)
    let shape = Roughened(
      shape: wavy, field: fine, amplitude: Float(random.uniform(0.3, 0.8)), cleft: Float(lobulation))
    // Fat sits in the clefts: where the field that makes the lobules is far from zero.
    let tissue = Material(
      tissues.pancreas - 26 * fatFraction, .init(field: medium, amplitude: Float(random.uniform(2, 5))),
      .init(field: fine, amplitude: Float(-95 * fatFraction), threshold: Float(0.8 - 1.2 * fatFraction)))
    paint(
      shape,
      [
        Layer(Material(tissues.fat + 14), inset: -0.8 * traits.fatGap).clearingLabels(),
        Layer(tissue, label: .pancreas),
      ])
    addPancreaticLesions(course, shape, &random)
  }

  private mutating func addPancreaticLesions(
    _ course: PancreasCourse, _ gland: any Shape, _ random: inout RandomStream
  ) {
    var ductRadius = random.chance(0.75) ? random.uniform(0.6, 1.6) : 0
    var lesions: [PhantomRecord.ChoiceValue] = []
    var strokes: [(any Shape, Layer)] = []
    var ductStart = 2
    if random.chance(0.16) {
      let at = random.integer(in: 1..<8)
      let radius = min(max(course.radii[at] * random.uniform(0.6, 1.35), 4), 19)
      let mass = Roughened(
        shape: ellipsoid(course.points[at] + step(2, &random), SIMD3(1, 1, 1.1) * radius), field: medium, amplitude: 1.4
      )
      let contrast = traits.phase == .native ? random.uniform(2, 12) : random.uniform(18, 48)
      let sign = random.chance(0.12) ? -1.0 : 1
      strokes.append(
        (
          mass,
          Layer(Material(tissues.pancreas - sign * contrast, .init(field: medium, amplitude: 5)), label: .pancreas)
        ))
      lesions.append(.text("mass"))
      // A mass blocks the duct of everything behind it.
      if at < 6, random.chance(0.6) {
        ductRadius = random.uniform(2, 4)
        ductStart = max(at, 2)
      }
    }
    if random.chance(0.14) {
      for _ in 0..<random.integer(in: 1..<4) {
        let at = random.integer(in: 1..<9)
        let radius = random.uniform(2.5, 13)
        let cyst = ellipsoid(
          course.points[at] + step(0.4 * course.radii[at], &random), SIMD3(repeating: radius), squareness: 0)
        strokes.append((cyst, Layer(Material(random.uniform(3, 22)), label: .pancreas)))
        lesions.append(.text("cyst"))
      }
    }
    if random.chance(0.07) {
      for _ in 0..<random.integer(in: 3..<12) {
        let at = random.integer(in: 1..<9)
        let speck = ellipsoid(
          course.points[at] + step(0.35 * course.radii[at], &random), SIMD3(repeating: random.uniform(0.9, 2.2)))
        strokes.append((Intersection(shape: speck, other: gland), Layer(Material(random.uniform(250, 800)))))
      }
      lesions.append(.text("calcifications"))
    }
    if ductRadius > 0 {
      let points = Array(course.points[ductStart...])
      let duct = tube(points, points.map { _ in ductRadius })
      paint(Intersection(shape: duct, other: gland), [Layer(Material(14), opacity: 0.75)])
    }
    for (shape, layer) in strokes { paint(shape, [layer]) }
    choices["pancreas_lesions"] = .list(lesions)
    choices["pancreatic_duct_mm"] = .number(2 * ductRadius)
  }
}
