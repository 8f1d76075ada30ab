extension AnatomyBuilder {
  /// Colon, small bowel and the loops beside the pancreas that are easily taken for it.
  mutating func addBowel() {
    addColon()
    addSmallBowel()
    addConfuserLoops()
  }

  private mutating func addColon() {
    var random = random("colon")
    let wave = random.uniform(8, 11)
    let haustra: (Double) -> Double = { 1 + 0.17 * ElementaryFunctions.sin($0 / wave + 1) }
    let sag = random.uniform(-38, 14)
    // Ascending, transverse, descending.
    let segments: [(points: [SIMD3<Double>], radii: [Double])] = [
      (
        [SIMD3(-100, 18, -160), SIMD3(-102, 15, -92), SIMD3(-97, 10, -46), SIMD3(-86, -8, -18)],
        [24, 23, 21, 18]
      ),
      (
        [SIMD3(-86, -14, -18), SIMD3(-55, -58, -34 + sag), SIMD3(0, -70, -46 + sag), SIMD3(55, -64, -25 + sag / 2)],
        [18, 17, 17, 16]
      ),
      (
        [
          SIMD3(55, -64, -25 + sag / 2), SIMD3(88, -36, 15), SIMD3(106, 8, 36), SIMD3(110, 34, 0), SIMD3(108, 34, -60),
          SIMD3(98, 25, -160),
        ], [16, 16, 15, 13, 12, 13]
      ),
    ]
    var contents: [PhantomRecord.ChoiceValue] = []
    for (points, radii) in segments {
      let size = random.uniform(0.68, 1.06)
      let content = content([.stool: 0.42, .gas: 0.26, .fluid: 0.12, .contrast: 0.1, .collapsed: 0.1], &random)
      contents.append(.text(content.rawValue))
      let shape = tube(jittered(points, 6, &random), radii.map { $0 * size }, modulation: haustra)
      paintHollow(
        shape, largestRadius: (radii.max() ?? 0) * size, label: .colon, wall: tissues.bowelWall - random.uniform(0, 18),
        content: content, wallThickness: random.uniform(1.8, 3), roughness: 1.6, random: &random)
    }
    choices["colon_contents"] = .list(contents)
  }

  private mutating func addSmallBowel() {
    var random = random("small bowel")
    let count = Int((Double(random.integer(in: 26..<42)) * (1.15 - 0.35 * traits.visceralFat)).rounded())
    let folds: (Double) -> Double = { 1 + 0.09 * ElementaryFunctions.sin($0 / 2.9) }
    // Six pieces in a row make a long loop; each has a content of its own.
    var (point, direction) = (SIMD3<Double>.zero, SIMD3<Double>.zero)
    for index in 0..<count {
      if index % 6 == 0 {
        point = SIMD3(random.uniform(-82, 92), random.uniform(-72, 10), random.uniform(-165, -30))
        if point.z > -52, point.x < -10 { point.z -= 24 }
      }
      var points = [point]
      for _ in 0..<4 {
        direction = 0.6 * direction + step(1, &random)
        let length = (direction * direction).sum().squareRoot()
        direction /= max(length, 0.1)
        let ahead = point + direction * random.uniform(17, 27)
        point = ahead.clamped(lowerBound: SIMD3(-98, -76, -180), upperBound: SIMD3(96, 26, -24))
        // A loop that meets the wall turns back.
        for axis in 0..<3 where point[axis] != ahead[axis] { direction[axis] = -direction[axis] }
        points.append(point)
      }
      let radius = random.uniform(8.5, 14)
      let content = content([.collapsed: 0.36, .fluid: 0.36, .contrast: 0.17, .gas: 0.11], &random)
      paintHollow(
        tube(points, [0.95, 1, 1.05, 1, 0.95].map { $0 * radius }, modulation: folds), largestRadius: radius,
        label: .smallBowel, wall: tissues.bowelWall + random.normal(0, 5), content: content,
        wallThickness: random.uniform(1.8, 3.2), roughness: 1.5, random: &random)
    }
  }

  /// Jejunum beside the pancreas's body and tail, of its calibre and HU.
  private mutating func addConfuserLoops() {
    var random = random("confuser loops")
    let count = Int((Double(random.integer(in: 4..<8)) * (1.15 - 0.3 * traits.visceralFat) * difficulty).rounded())
    choices["confuser_loops"] = .number(Double(count))
    for _ in 0..<count {
      var point = SIMD3(random.uniform(12, 92), random.uniform(-54, 4), random.uniform(-48, 26))
      var points = [point]
      for _ in 0..<3 {
        point += step(17, &random) + SIMD3(3, 0, 0)
        point = point.clamped(lowerBound: SIMD3(2, -60, -64), upperBound: SIMD3(100, 26, 44))
        points.append(point)
      }
      let radius = random.uniform(7.5, 13)
      let content = content([.collapsed: 0.55, .fluid: 0.25, .contrast: 0.1, .gas: 0.1], &random)
      paintHollow(
        tube(points, [0.9, 1, 1, 0.9].map { $0 * radius }), largestRadius: radius, label: .smallBowel,
        wall: tissues.bowelWall + random.normal(0, 6), content: content, wallThickness: random.uniform(2.2, 3.5),
        roughness: 1.6, random: &random)
    }
  }

  /// The stomach from the cardia to `pylorus`, empty to full, and the oesophagus above it.
  mutating func addStomach(pylorus: SIMD3<Double>) {
    var random = random("stomach")
    let fullness = random.uniform()
    let content =
      fullness < 0.28
      ? BowelContent.collapsed : content([.food: 0.3, .fluid: 0.3, .contrast: 0.17, .gas: 0.23], &random)
    choices["stomach"] = .text(content.rawValue)
    choices["stomach_fullness"] = .number(fullness)
    let size = content == .collapsed ? random.uniform(0.5, 0.68) : 0.62 + 0.55 * fullness
    let sag = random.uniform(-14, 10)
    var points = jittered(
      [
        SIMD3(36, 22, 94), SIMD3(62, 12, 76), SIMD3(70, -20, 44), SIMD3(44, -50, 8 + sag),
        SIMD3(2, -54, -6 + sag), SIMD3(-34, -32, 6),
      ], 6, &random)
    points[5] = pylorus
    let radii = [20.0, 33, 31, 25, 19, 9.5].map { $0 * size }
    let oesophagus = tube(
      [SIMD3(10, 20, 170), SIMD3(12, 16, 120), SIMD3(22, 14, 100), points[0]], [8, 8, 7.5, 8])
    paint(oesophagus, [Layer(Material(tissues.bowelWall)), Layer(Material(tissues.bowelWall - 25), inset: 5)])
    paintHollow(
      tube(points, radii), largestRadius: radii[1], label: .stomach, wall: tissues.gastricWall - random.uniform(0, 12),
      content: content, wallThickness: random.uniform(2.8, 5.5), roughness: 2.4, random: &random)
  }

  /// The C of the duodenum around the head of the pancreas, in two parts with contents of their own.
  mutating func addDuodenum(pylorus: SIMD3<Double>, head: SIMD3<Double>) {
    var random = random("duodenum")
    let steps: [SIMD3<Double>] = [
      SIMD3(-15, -15, 19), SIMD3(-25, 0, 8), SIMD3(-26, 7, -18), SIMD3(-12, 11, -38), SIMD3(14, 11, -41),
    ]
    var points = [pylorus] + jittered(steps.map { head + $0 }, 3, &random)
    points += jittered([SIMD3(24, 7, -38), SIMD3(44, -5, -22)], 4, &random)
    let size = random.uniform(0.72, 1.08)
    let radii = [9.5, 12, 12.5, 12, 12, 11, 10.5, 11].map { $0 * size }
    for part in [0..<5, 4..<8] {
      let content = content([.collapsed: 0.47, .fluid: 0.29, .gas: 0.12, .contrast: 0.12], &random)
      paintHollow(
        tube(Array(points[part]), Array(radii[part])), largestRadius: (radii[part].max() ?? 0), label: .duodenum,
        wall: tissues.bowelWall + random.normal(0, 6), content: content, wallThickness: random.uniform(2.2, 3.4),
        roughness: 1.5, random: &random)
    }
  }
}
