extension AnatomyBuilder {
  /// What the top of the field of view shows of the chest: heart, diaphragm and the lungs' bases, over everything else.
  mutating func addChest() {
    var random = random("chest")
    let top = random.uniform(100, 120)
    let heart = ellipsoid(
      SIMD3(22, -28, top + random.uniform(30, 46)), SIMD3(58, 42, 42), turn: -0.3, squareness: 0.1)
    let blood = traits.phase == .arterial ? tissues.aorta - 40 : tissues.aorta
    paint(
      heart,
      [
        Layer(Material(tissues.fat + 8), inset: -4).clearingLabels(),
        Layer(Material(0.5 * (blood + tissues.muscle), .init(field: coarse, amplitude: 12))),
        Layer(Material(blood), inset: 13),
      ])
    let lungs = Lungs(frame: frame, top: Float(top * traits.scale))
    let shape = Roughened(shape: Difference(shape: lungs, removed: heart), field: coarse, amplitude: 1.8)
    let air = Material(
      tissues.lung, .init(field: medium, amplitude: 22), .init(field: fine, amplitude: 330, threshold: 1.7))
    let diaphragm = Material(tissues.muscle)
    paint(shape, [Layer(diaphragm, inset: -2.4, cut: BodyDepth.cavity), Layer(air, label: .lung)])
  }
}

/// The bases of both lungs: above two domes, left and right of the mediastinum.
struct Lungs: Shape {
  let frame: BodyFrame
  /// Height of the domes, mm.
  let top: Float

  var bounds: Bounds { Bounds(low: SIMD3(-1e6, -1e6, top - 150), high: SIMD3(repeating: 1e6)) }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    let (cosine, sine) = (Float(frame.cosine), Float(frame.sine))
    let (scaleX, scaleY) = (Float(frame.scale.x), Float(frame.scale.y))
    let dy = row.y - Float(frame.offset.y)
    for index in 0..<output.count {
      let dx = row.xs[index] - Float(frame.offset.x)
      let bx = (cosine * dx + sine * dy) / scaleX
      let by = (cosine * dy - sine * dx) / scaleY
      let depth = by * (1 / 80)
      // Steeper behind: the costophrenic recess reaches lowest there.
      let slope = (by > 0 ? 38 as Float : 28) * depth * depth
      let (right, left) = ((bx + 70) * (1 / 70), (bx - 72) * (1 / 66))
      let dome = min(right * right * 38 + slope, left * left * 42 + slope + 6)
      let above = (top - dome - row.z) * 0.7
      let mediastinum = 20 - abs(bx)
      output[index] = max(max(above, mediastinum), row.cavity[index] + 1)
    }
  }
}
