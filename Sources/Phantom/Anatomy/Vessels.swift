extension AnatomyBuilder {
  /// Aorta and inferior vena cava with their lower branches, before the organs in front of them.
  mutating func addGreatVessels() {
    var random = random("great vessels")
    let size = random.uniform(0.9, 1.15) + 0.12 * traits.wasting
    let bend = random.normal(0, 4 + 6 * traits.wasting)
    let aortaPoints = jittered(
      [SIMD3(12, 34, 170), SIMD3(10, 34, 60), SIMD3(9 + bend, 37, 0), SIMD3(7 + bend, 39, -60), SIMD3(3, 40, -104)], 2,
      &random)
    let aortaRadii = [12, 11, 10, 9.3, 8.6].map { $0 * size }
    let cavaPoints = jittered(
      [SIMD3(-22, 8, 150), SIMD3(-24, 20, 62), SIMD3(-22, 32, 0), SIMD3(-20, 38, -60), SIMD3(-15, 42, -108)], 2, &random
    )
    let flat = random.uniform(0.7, 1.12)
    let gap = Layer(fatMaterial, inset: -0.3 - 0.6 * traits.fatGap).clearingLabels()
    let arterial = Material(tissues.aorta - 2)
    let venous = Material(tissues.inferiorVenaCava - 6)
    for side in [-1.0, 1] {
      let iliac = tube(
        [aortaPoints[4], SIMD3(side * 22, 38, -132), SIMD3(side * 46, 32, -175)], [6.5 * size, 6 * size, 5.5 * size])
      let vein = tube([cavaPoints[4], SIMD3(side * 24 - 4, 46, -136), SIMD3(side * 46, 42, -175)], [8, 7.5, 7])
      paint(vein, [gap, Layer(venous)])
      paint(iliac, [gap, Layer(arterial)])
    }
    // Above the renal veins the blood is already enhanced in the arterial phase; below it is not.
    let cava = tube(cavaPoints, [12.5, 12, 11, 10, 10].map { $0 * flat })
    let mixing = traits.phase == .arterial ? 14.0 : 3
    paint(
      cava,
      [
        gap,
        Layer(
          Material(tissues.inferiorVenaCava, .init(field: medium, amplitude: Float(mixing))), label: .inferiorVenaCava),
      ])
    let aorta = tube(aortaPoints, aortaRadii)
    paint(aorta, [gap, Layer(Material(tissues.aorta), label: .aorta)])
    let plaques = random.chance(0.25 + 0.6 * traits.wasting) ? random.integer(in: 2..<14) : 0
    choices["aortic_plaques"] = .number(Double(plaques))
    for _ in 0..<plaques {
      let along = random.uniform(0.3, 3.9)
      let index = Int(along)
      let centre = aortaPoints[index] + (aortaPoints[index + 1] - aortaPoints[index]) * (along - Double(index))
      let angle = random.uniform(0, 2 * Double.pi)
      let radius = aortaRadii[index] - 0.6
      let at = centre + SIMD3(ElementaryFunctions.cos(angle), ElementaryFunctions.sin(angle), 0) * radius
      let plaque = ellipsoid(
        at, SIMD3(1.1, random.uniform(1.6, 4), random.uniform(1.5, 6)), turn: angle)
      paint(plaque, [Layer(Material(random.uniform(350, 900)))])
    }
  }

  /// Portal, splenic and mesenteric veins, the arteries beside them, and the bile duct.
  mutating func addVisceralVessels(_ course: PancreasCourse) {
    var random = random("visceral vessels")
    let (points, radii) = (course.points, course.radii)
    let meeting = course.confluence
    var splenic = [meeting]
    for index in 5..<points.count {
      let behind = SIMD3(0, 3 + 0.95 * radii[index], random.normal(2, 3))
      splenic.append(points[index] + behind)
    }
    splenic[1] = (splenic[1] + meeting) * 0.5
    splenic.append(SIMD3(92, 34, points[8].z + 10))
    let portal = [meeting, meeting + SIMD3(-10, 2, 18), SIMD3(-38, 4, 42), SIMD3(-56, 4, 54)]
    let mesenteric = [
      meeting, meeting + SIMD3(2, 0, -18), meeting + SIMD3(4, -4, -45), meeting + SIMD3(6, -12, -90),
      meeting + SIMD3(8, -14, -140),
    ]
    let size = random.uniform(0.85, 1.12)
    let gap = Layer(Material(tissues.fat + 20), inset: -0.4 * traits.fatGap).clearingLabels()
    let blood = tissues.portalVein
    for (path, thickness, change) in [
      (splenic, [6.2, 5.2, 4.7, 4.4, 4.1, 3.6], 0.0), (mesenteric, [6.6, 6.2, 5.6, 4.8, 4], -4),
      (portal, [7, 7.2, 6.8, 5.4], 0),
    ] {
      let thickness = (0..<path.count).map { thickness[min($0, thickness.count - 1)] * size }
      paint(
        tube(path, thickness),
        [gap, Layer(Material(blood + change + random.normal(0, 3)), label: .portalAndSplenicVein)])
    }
    let artery = Material(tissues.aorta - 4)
    let sheath = Layer(Material(tissues.fat + 6), inset: -1 - 2.2 * traits.visceralFat)
    let superior = tube(
      [SIMD3(9, 28, 16), SIMD3(9, 15, 3), SIMD3(10, 8, -20), SIMD3(12, 0, -62), SIMD3(14, -8, -140)],
      [4.3, 4.1, 3.9, 3.5, 2.8])
    paint(superior, [sheath.clearingLabels(), Layer(artery)])
    let hepatic = tube([SIMD3(8, 27, 30), SIMD3(6, 8, 34), SIMD3(-20, 1, 32), SIMD3(-42, 2, 44)], [3.6, 3.2, 2.6, 2])
    paint(hepatic, [Layer(artery)])
    var along = [SIMD3(6.0, 9, 34)]
    for index in 5..<8 {
      along.append(points[index] + SIMD3(0, 3, 2 + course.height * radii[index]) + step(2, &random))
    }
    along.append(SIMD3(90, 32, points[8].z + 16))
    paint(tube(along, [2.9, 2.6, 2.5, 2.4, 2.1]), [Layer(artery)])
    let gastroduodenal = tube(
      [SIMD3(-22, 0, 30), course.head + SIMD3(5, -11, 10), course.head + SIMD3(2, -13, -14)], [2, 1.8, 1.2])
    paint(gastroduodenal, [Layer(artery)])
    let ductRadius = random.chance(0.12) ? random.uniform(4.5, 7) : random.uniform(2, 3.4)
    choices["common_bile_duct_mm"] = .number(2 * ductRadius)
    let bileDuct = tube(
      [SIMD3(-46, 2, 42), SIMD3(-40, 5, 26), course.head + SIMD3(-4, 8, 6), course.head + SIMD3(-9, 9, -16)],
      [ductRadius, ductRadius, ductRadius * 0.9, ductRadius * 0.5])
    paint(bileDuct, [Layer(Material(tissues.bile + 3))])
  }

  /// Small vessels and nodes in the fat of the mesentery.
  mutating func addMesentery() {
    var random = random("mesentery")
    let vein = Material(tissues.portalVein - 14)
    let artery = Material(tissues.aorta - 30)
    for index in 0..<34 {
      let root = SIMD3(random.uniform(8, 18), random.uniform(-4, 4), random.uniform(-95, -18))
      let end = SIMD3(random.uniform(-84, 92), random.uniform(-66, 8), random.uniform(-160, -14))
      let middle = (root + end) * 0.5 + step(9, &random)
      paint(tube([root, middle, end], [2.3, 1.7, 1]), [Layer(index % 2 == 0 ? vein : artery)], in: .cavityBackground)
    }
    // Gastric and omental vessels in front of the pancreas.
    for _ in 0..<9 {
      let start = SIMD3(random.uniform(-30, 60), random.uniform(-40, -14), random.uniform(-10, 50))
      let end = start + step(26, &random)
      paint(
        tube([start, (start + end) * 0.5 + step(4, &random), end], [1.7, 1.4, 0.9]), [Layer(vein)],
        in: .cavityBackground)
    }
    let nodes = random.integer(in: 4..<12)
    for _ in 0..<nodes {
      let centre = SIMD3(random.uniform(-45, 70), random.uniform(-30, 34), random.uniform(-60, 42))
      let radii = SIMD3(random.uniform(2.2, 5.5), random.uniform(2.2, 5), random.uniform(2.5, 6.5))
      paint(
        ellipsoid(centre, radii), [Layer(Material(tissues.pancreas - random.uniform(0, 28)))], in: .cavityBackground)
    }
    choices["lymph_nodes"] = .number(Double(nodes))
  }
}
