/// What fills a hollow organ.
enum BowelContent: String, CaseIterable {
  case collapsed, fluid, contrast, gas, stool, food
}

extension AnatomyBuilder {
  /// Paints a hollow organ: a thin plane of fat, the wall, what is inside, and gas on top of it.
  mutating func paintHollow(
    _ tube: Tube, largestRadius: Double, label: PhantomLabel, wall: Double, content: BowelContent,
    wallThickness: Double, roughness: Double, random: inout RandomStream
  ) {
    let shape = Roughened(shape: tube, field: coarse, amplitude: Float(roughness))
    var layers = [
      Layer(fatMaterial, inset: -traits.fatGap).clearingLabels(),
      Layer(Material(wall, .init(field: medium, amplitude: 4)), label: label),
    ]
    let radius = largestRadius * frame.meanScale
    var gasChance = 0.2
    switch content {
    case .collapsed:
      layers.append(Layer(Material(wall - random.uniform(4, 34)), inset: 0.72 * radius))
      gasChance = 0.08
    case .fluid:
      layers.append(Layer(Material(random.uniform(0, 32), .init(field: medium, amplitude: 3)), inset: wallThickness))
    case .contrast:
      layers.append(
        Layer(Material(random.uniform(120, 430), .init(field: coarse, amplitude: 25)), inset: wallThickness))
    case .gas:
      layers.append(Layer(Material(random.uniform(5, 45)), inset: wallThickness))
      gasChance = 1
    case .stool:
      let stool = Material(
        random.uniform(15, 75), .init(field: medium, amplitude: 26), .init(field: fine, amplitude: 22),
        .init(field: medium, amplitude: -380, threshold: 1.1))
      layers.append(Layer(stool, inset: wallThickness))
      gasChance = 0.5
    case .food:
      let food = Material(
        random.uniform(25, 75), .init(field: medium, amplitude: 17), .init(field: fine, amplitude: 14),
        .init(field: medium, amplitude: -260, threshold: 1.5))
      layers.append(Layer(food, inset: wallThickness))
      gasChance = 0.7
    }
    if random.chance(gasChance) {
      // Gas lies above a level, which is flat whichever way the patient is turned.
      let heights = tube.centreline.map(\.y).sorted()
      let level = heights[heights.count / 2] + random.uniform(content == .gas ? -0.2 : -0.8, 0.45) * radius
      let above = HalfSpace(normal: SIMD3(0, 1, 0), point: SIMD3(0, level, 0))
      let surface: any Shape = content == .stool ? Roughened(shape: above, field: medium, amplitude: 3.5) : above
      layers.append(
        Layer(Material(content == .stool ? -800 : -960), inset: max(wallThickness, 0.09 * radius), cut: surface))
    }
    paint(shape, layers)
  }

  /// One of the contents by weight.
  func content(
    _ weights: KeyValuePairs<BowelContent, Double>, _ random: inout RandomStream
  ) -> BowelContent {
    weights[random.choice(weights: weights.map(\.value))].key
  }
}
