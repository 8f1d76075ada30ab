extension AnatomyBuilder {
  /// Table and arms, then skin, fat under it, the muscles of the wall and the fat inside.
  mutating func addTrunk() {
    addTable()
    addArms()
    let skinFat = Material(tissues.fat, .init(field: medium, amplitude: 5))
    let muscle = Material(
      tissues.muscle, .init(field: coarse, amplitude: 5),
      .init(field: medium, amplitude: Float(-10 - 55 * traits.wasting), threshold: Float(0.9 - 0.7 * traits.wasting)))
    paint(
      BodyDepth.skin,
      [Layer(Material(35)), Layer(skinFat, inset: 2.2).clearingLabels()], in: .anywhere)
    paint(BodyDepth.wall, [Layer(muscle, label: .muscle)], in: .anywhere)
    // Thin planes of fat part the layers of the wall at the flanks; the white line parts its two halves in front.
    let plane = Material(tissues.fat + 45)
    for depth in [0.36, 0.68] {
      paint(WallPlane(frame: frame, depth: Float(depth)), [Layer(plane, opacity: 0.75)], in: .anywhere)
    }
    // Strands of vessels and folds make the fat of the belly less even than that under the skin.
    let bellyFat = Material(
      tissues.fat + 3, .init(field: coarse, amplitude: 6), .init(field: medium, amplitude: 7),
      .init(field: medium, amplitude: 22, threshold: 1.5))
    paint(BodyDepth.cavity, [Layer(bellyFat).clearingLabels()], in: .anywhere)
    addBackMuscles(muscle)
  }

  private mutating func addBackMuscles(_ muscle: Material) {
    var random = random("back muscles")
    let bulk = random.uniform(0.9, 1.1) * (1 - 0.18 * traits.wasting)
    for side in [-1.0, 1] {
      let spinal = Roughened(
        shape: ellipsoid(SIMD3(side * 34, 99, 0), SIMD3(31 * bulk, 24 * bulk, 400), squareness: 0.3),
        field: coarse, amplitude: 1.2)
      paint(spinal, [Layer(muscle, label: .muscle)], in: .anywhere)
      let psoas = tube(
        [
          SIMD3(side * 22, 54, 55), SIMD3(side * 28, 57, 5), SIMD3(side * 38, 54, -60), SIMD3(side * 48, 44, -150),
        ], [4, 12, 19, 23].map { $0 * bulk })
      paint(psoas, [Layer(muscle, label: .muscle)], in: .anywhere)
      let quadratus = tube(
        [SIMD3(side * 48, 84, 30), SIMD3(side * 60, 80, -40), SIMD3(side * 66, 76, -110)],
        [5, 9, 10].map { $0 * bulk })
      paint(quadratus, [Layer(muscle, label: .muscle)], in: .anywhere)
      // The crura of the diaphragm beside the aorta.
      let crus = tube(
        [SIMD3(side * 14 + 4, 22, 95), SIMD3(side * 16 + 3, 33, 50), SIMD3(side * 13 + 2, 42, 8)], [4.5, 5, 3])
      paint(crus, [Layer(muscle, label: .muscle)])
    }
  }

  /// A curved table top with foam and a mat, behind the patient.
  private mutating func addTable() {
    var random = random("table")
    guard random.chance(0.92) else {
      choices["table"] = .bool(false)
      return
    }
    choices["table"] = .bool(true)
    let top = Double(body.backDepth) + 4 + traits.offset.y + random.uniform(3, 16)
    let radius = random.uniform(230, 520)
    let centre = SIMD3(random.normal(0, 6), top - radius, 0)
    let half = random.uniform(195, 240)
    let below = HalfSpace(normal: SIMD3(0, -1, 0), point: SIMD3(0, top - random.uniform(25, 45), 0))
    let sides = Ellipsoid(
      centre: SIMD3(centre.x, top, 0), radii: SIMD3(half, 90, 900),
      axes: [SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)], squareness: 1)
    func layer(_ depth: Double, _ thickness: Double, _ hounsfield: Double) -> Stroke {
      let plate = Plate(
        x: centre.x, y: centre.y, radius: Float(radius + depth + thickness / 2), halfThickness: Float(thickness / 2))
      return Stroke(
        Intersection(shape: Intersection(shape: plate, other: below), other: sides), [Layer(Material(hounsfield))],
        in: .anywhere)
    }
    strokes.append(layer(-9, 9, random.uniform(-960, -880)))
    strokes.append(layer(0, 2.2, random.uniform(-150, 260)))
    strokes.append(layer(2.2, 18, random.uniform(-965, -900)))
    strokes.append(layer(20, 2.2, random.uniform(-150, 260)))
  }

  /// Arms beside the trunk in some patients, partly outside the field of view.
  private mutating func addArms() {
    guard traits.hasArmsBeside else { return }
    var random = random("arms")
    let reach = Double(132 * frame.scale.x) + 16 + PatientTraits.fatUnderSkin(traits.subcutaneousFat)
    for side in [-1.0, 1] {
      let x = side * (reach + random.uniform(42, 66))
      let y = random.uniform(0, 55)
      let top = SIMD3(x, y, 200) + traits.offset
      let bottom = SIMD3(x + side * random.uniform(-8, 22), y - random.uniform(0, 40), -200) + traits.offset
      let radius = random.uniform(36, 46) + 9 * traits.subcutaneousFat
      let limb = Tube(points: [top, bottom], radii: [radius, radius * 0.8])
      let muscle = Material(tissues.muscle, .init(field: medium, amplitude: 6))
      paint(
        limb,
        [
          Layer(Material(35)), Layer(fatMaterial, inset: 2),
          Layer(muscle, label: .muscle, inset: 6 + 9 * traits.subcutaneousFat),
        ], in: .anywhere)
      let bone = Tube(points: [top, bottom], radii: [11, 9])
      paint(
        bone, [Layer(Material(1050), label: .bone), Layer(Material(90), label: .bone, inset: 5)], in: .anywhere)
    }
  }
}

/// A sheet within the muscles of the wall, from one flank over the front to the other.
struct WallPlane: Shape {
  let frame: BodyFrame
  /// 0 at the wall's outside, 1 at its inside.
  let depth: Float

  var bounds: Bounds { .unlimited }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    let (cosine, sine) = (Float(frame.cosine), Float(frame.sine))
    let (dy, offset) = (row.y - Float(frame.offset.y), Float(frame.offset.x))
    for index in 0..<output.count {
      let dx = row.xs[index] - offset
      let (bx, by) = (abs(cosine * dx + sine * dy), cosine * dy - sine * dx)
      let (wall, cavity) = (row.wall[index], row.cavity[index])
      let sheet = abs(wall + (cavity - wall) * depth) - 0.45
      let flank = max(52 - bx, by - 48)
      // The white line: a narrow gap in the middle of the front.
      let gap = max(max(bx - 2.2, by + 40), max(wall, -cavity))
      output[index] = min(max(sheet, flank), gap)
    }
  }
}

/// A thin cylinder wall along z.
struct Plate: Shape {
  let x: Double
  let y: Double
  let radius: Float
  let halfThickness: Float

  var bounds: Bounds {
    Bounds(
      low: SIMD3(Float(x) - radius, Float(y), -1e6),
      high: SIMD3(Float(x) + radius, Float(y) + radius, 1e6)
    ).grown(by: halfThickness)
  }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    let dy = row.y - Float(y)
    let (x, radius, halfThickness) = (Float(x), radius, halfThickness)
    for index in 0..<output.count {
      let dx = row.xs[index] - x
      output[index] = abs((dx * dx + dy * dy).squareRoot() - radius) - halfThickness
    }
  }
}
