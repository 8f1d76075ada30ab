extension AnatomyBuilder {
  /// Ribs in the wall, the spine, and the upper rims of the pelvis.
  mutating func addSkeleton() {
    addRibs()
    addSpine()
    addPelvis()
  }

  private mutating func addRibs() {
    var random = random("ribs")
    let ribs = Ribs(
      frame: frame, phase: Float(random.uniform(0, 27)), pitch: Float(random.uniform(25, 29) * traits.scale),
      thickness: 4.2)
    let marrow = Material(random.normal(150, 40), .init(field: medium, amplitude: 35))
    let shell = Material(tissues.corticalBone * 0.75)
    paint(ribs, [Layer(shell, label: .bone), Layer(marrow, inset: 2.2)], in: .anywhere)
    // The front ends are cartilage.
    let front = HalfSpace(normal: frame.turned(SIMD3(0, 1, 0)), point: frame.place(SIMD3(0, -58, 0)))
    paint(ribs, [Layer(Material(random.uniform(75, 125)), cut: front)], in: .anywhere)
  }

  private mutating func addSpine() {
    var random = random("spine")
    let pitch = random.uniform(33, 38) * traits.scale
    let phase = random.uniform(0, pitch)
    func repeated(_ shape: any Shape, _ halfHeight: Double, shift: Double = 0) -> Intersection {
      Intersection(
        shape: shape,
        other: Periodic(pitch: Float(pitch), phase: Float(phase + shift), halfHeight: Float(halfHeight)))
    }
    let column = Roughened(
      shape: ellipsoid(SIMD3(0, 62, 0), SIMD3(23, 17, 600), squareness: 0.3), field: coarse, amplitude: 0.7)
    paint(column, [Layer(Material(random.uniform(75, 110)), label: .bone)], in: .anywhere)
    let body = repeated(column, pitch / 2 - 3.5)
    let spongy = Material(
      tissues.spongyBone, .init(field: medium, amplitude: 28), .init(field: fine, amplitude: 22))
    paint(
      body,
      [Layer(Material(tissues.corticalBone), label: .bone), Layer(spongy, label: .bone, inset: 1.8)], in: .anywhere)
    let cortex = Material(tissues.corticalBone * 0.9)
    let arch = repeated(ellipsoid(SIMD3(0, 87, 0), SIMD3(14.5, 13, 600)), pitch * 0.36, shift: 4)
    paint(arch, [Layer(cortex, label: .bone), Layer(spongy, label: .bone, inset: 2.5)], in: .anywhere)
    let facets = Union(shapes: [-1.0, 1].map { ellipsoid(SIMD3($0 * 17, 90, 0), SIMD3(7, 8, 600)) })
    paint(
      repeated(facets, 9, shift: pitch / 2),
      [Layer(cortex, label: .bone), Layer(spongy, label: .bone, inset: 2.5)], in: .anywhere)
    let canal = ellipsoid(SIMD3(0, 85, 0), SIMD3(9.5, 8, 600))
    paint(
      canal,
      [Layer(Material(-20)).clearingLabels(), Layer(Material(28), inset: 2.5).clearingLabels()], in: .anywhere)
    for side in [-1.0, 1] {
      let process = ellipsoid(SIMD3(side * 31, 83, 0), SIMD3(15, 4.5, 600), turn: side * 0.15)
      paint(repeated(process, 5), [Layer(cortex, label: .bone)], in: .anywhere)
    }
    let spinous = ellipsoid(SIMD3(0, 111, 0), SIMD3(3.6, 17, 600))
    paint(repeated(spinous, 10, shift: -6), [Layer(cortex, label: .bone)], in: .anywhere)
  }

  private mutating func addPelvis() {
    var random = random("pelvis")
    for side in [-1.0, 1] {
      let bowl = ellipsoid(
        SIMD3(side * 70, 30, -170 + random.uniform(-6, 6)), SIMD3(56, 62, 62), turn: side * 0.35)
      let wing = Shell(shape: bowl, halfThickness: 5, depth: 4)
      let lateral = HalfSpace(
        normal: frame.turned(SIMD3(-side, -0.55, 0)), point: frame.place(SIMD3(side * 62, 30, -140)))
      paint(
        Intersection(shape: wing, other: lateral),
        [Layer(Material(tissues.corticalBone), label: .bone), Layer(Material(140), label: .bone, inset: 2.6)],
        in: .anywhere)
    }
  }
}

/// Slices of space that repeat along z: distance to the nearest of a stack of slabs.
struct Periodic: Shape {
  let pitch: Float
  let phase: Float
  let halfHeight: Float

  var bounds: Bounds { .unlimited }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    let turns = (row.z + phase) / pitch
    let fromMiddle = abs(turns - turns.rounded()) * pitch
    output.update(repeating: fromMiddle - halfHeight)
  }
}

/// Ribs: bars in the body wall that slope down towards the front, above the costal arch.
struct Ribs: Shape {
  let frame: BodyFrame
  let phase: Float
  let pitch: Float
  let thickness: Float

  var bounds: Bounds { .unlimited }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    let (cosine, sine) = (Float(frame.cosine), Float(frame.sine))
    let (scaleX, scaleY) = (Float(frame.scale.x), Float(frame.scale.y))
    let dy = row.y - Float(frame.offset.y)
    let (pitch, phase, z) = (pitch, phase, row.z)
    for index in 0..<output.count {
      let dx = row.xs[index] - Float(frame.offset.x)
      let bx = abs(cosine * dx + sine * dy) / scaleX
      let by = (cosine * dy - sine * dx) / scaleY
      let along = (z - 0.62 * by + 0.2 * bx + phase) / pitch
      // Adding and taking away 1.5 * 2^23 rounds to a whole number without a call.
      let bar = abs(along - (along + 0x1.8p23 - 0x1.8p23)) * pitch * 0.84 - thickness
      // The bars lie close to the inside of the wall, under the muscles of the back.
      let shell = abs(row.cavity[index] - 5.8) - 3.4
      // Lowest at the flank (tenth rib), rising to the sternum in front and to the twelfth rib behind.
      let front = max(-by - 10, 0)
      let arch = -42 + front * (1.6 - bx * 0.0095) - z
      let spine = 24 - bx
      output[index] = max(max(bar, shell), max(arch, spine))
    }
  }
}
