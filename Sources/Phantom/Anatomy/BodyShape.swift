/// The outline of the trunk: the skin, and the outside and inside of the body wall.
struct BodyShape: Sendable {
  private let cosine: Float
  private let sine: Float
  private let offset: SIMD3<Float>
  /// Half axes of the cavity, mm.
  private let halfAxes: SIMD2<Float>
  private let scale: Float
  private let inverseScale: Float
  private let belly: Float
  private let wallThickness: Float
  private let fatThickness: Float
  private let frontFat: Float
  private let backMuscle: Float
  private let waves: SmoothField
  private let roughness: SmoothField

  init(seed: UInt64, traits: PatientTraits, frame: BodyFrame) {
    var random = RandomStream(seed: seed, name: "body")
    (cosine, sine, offset) = (Float(frame.cosine), Float(frame.sine), SIMD3<Float>(frame.offset))
    halfAxes = SIMD2(
      Float(132 * frame.scale.x + random.normal(0, 2)), Float(89 * frame.scale.y + random.normal(0, 2)))
    scale = Float(frame.scale.z)
    belly = Float(traits.visceralFat * random.uniform(0.05, 0.25))
    wallThickness = Float(random.uniform(9.5, 15) - 4.5 * traits.wasting)
    fatThickness = Float(PatientTraits.fatUnderSkin(traits.subcutaneousFat))
    backMuscle = Float((random.uniform(17, 27) - 8 * traits.wasting) * traits.scale)
    frontFat = Float(random.uniform(-0.35, 0.35))
    inverseScale = 1 / scale
    let (low, high) = (SIMD3(-280.0, -240, -200), SIMD3(280.0, 240, 200))
    waves = SmoothField(random: &random, controlSpacing: 80, sd: 3.4, low: low, high: high)
    roughness = SmoothField(random: &random, controlSpacing: 28, sd: 1, low: low, high: high)
  }

  /// Half the body's depth where it touches the table, mm, for furniture.
  var backDepth: Float { halfAxes.y + wallThickness + 5 + backMuscle + fatThickness + 4 }

  /// Writes the three signed distances along a row, mm.
  func fill(
    xs: UnsafeBufferPointer<Float>, y: Float, z: Float, skin: UnsafeMutableBufferPointer<Float>,
    wall: UnsafeMutableBufferPointer<Float>, cavity: UnsafeMutableBufferPointer<Float>
  ) {
    waves.fill(row: xs, y: y, z: z, into: skin)
    roughness.fill(row: xs, y: y, z: z, into: wall)
    let dy = y - offset.y
    let height = z / (120 * scale)
    // The chest narrows upwards, a fat belly comes forward below.
    let ax = halfAxes.x * (1 - 0.06 * max(height, 0) * max(height, 0))
    let front = halfAxes.y * (1 + belly * min(max(0.2 - height, 0), 1))
    let back = halfAxes.y
    let fill = min(fatThickness * (1.0 / 14), 0.9)
    for index in 0..<xs.count {
      let dx = xs[index] - offset.x
      let bx = cosine * dx + sine * dy
      let by = cosine * dy - sine * dx - 4
      let ay = by < 0 ? front : back
      let (u, v) = ((bx + skin[index]) / ax, (by + 0.6 * skin[index]) / ay)
      let (uu, vv) = (u * u, v * v)
      let round = (uu + vv).squareRoot()
      let square = (uu * uu + vv * vv).squareRoot().squareRoot()
      let norm = round + 0.42 * (square - round)
      let gradient = (uu / (ax * ax) + vv / (ay * ay)).squareRoot()
      let inside = (norm - 1) * (round + 1e-3) / (gradient + 2e-5)
      let rough = wall[index]
      // The long muscles of the back bulge on both sides of a furrow over the spine.
      let behind = min(max((by - 20) * (1.0 / 60), 0), 1)
      let aside = abs(bx) * inverseScale
      let bulge = min(max(1.25 - abs(aside - 36) * (1.0 / 40), 0), 1)
      let furrow = max(1 - aside * (1.0 / 14), 0)
      let muscle = wallThickness * (0.8 + 0.5 * min(abs(bx) / ax, 1)) + behind * (5 + backMuscle * bulge - 7 * furrow)
      // Fat fills the furrow.
      let hollow = min(max(1.25 - max(aside - 36, 0) * (1.0 / 40), 0), 1) - bulge
      let filling = behind * fill * (backMuscle * hollow + 7 * furrow)
      let fat = filling + fatThickness * (1 + frontFat * (1 - 2 * min(max(0.5 + by / (2 * ay), 0), 1)))
      cavity[index] = inside + 1.3 * rough
      wall[index] = inside + 0.5 * rough - muscle
      skin[index] = inside - muscle - fat - 2
    }
  }
}

/// The trunk's own surfaces as shapes, read from the row.
enum BodyDepth: Shape {
  case skin, wall, cavity

  var bounds: Bounds { .unlimited }

  func distances(along row: Row, into output: UnsafeMutableBufferPointer<Float>) {
    let source =
      switch self {
      case .skin: row.skin
      case .wall: row.wall
      case .cavity: row.cavity
      }
    _ = output.update(fromContentsOf: source)
  }
}
