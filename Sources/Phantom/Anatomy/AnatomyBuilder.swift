/// Collects the strokes of a patient, from the skin inwards; each organ is an extension in a file of its own.
struct AnatomyBuilder {
  let seed: UInt64
  let difficulty: Double
  let traits: PatientTraits
  let tissues: TissueValues
  let frame: BodyFrame
  let body: BodyShape
  /// Textures and roughness that organs share: fields of sd 1 with control points 26, 13 and 7 mm apart.
  let coarse: SmoothField
  let medium: SmoothField
  let fine: SmoothField
  var strokes: [Stroke] = []
  var choices: [String: PhantomRecord.ChoiceValue] = [:]

  init(seed: UInt64, difficulty: Double) {
    (self.seed, self.difficulty) = (seed, difficulty)
    traits = PatientTraits(seed: seed)
    tissues = TissueValues(seed: seed, phase: traits.phase, wasting: traits.wasting, difficulty: difficulty)
    frame = BodyFrame(seed: seed, traits: traits, difficulty: difficulty)
    body = BodyShape(seed: seed, traits: traits, frame: frame)
    var random = RandomStream(seed: seed, name: "textures")
    let (low, high) = (SIMD3(-260.0, -200, -190), SIMD3(260.0, 200, 190))
    coarse = SmoothField(random: &random, controlSpacing: 26, sd: 1, low: low, high: high)
    medium = SmoothField(random: &random, controlSpacing: 13, sd: 1, low: low, high: high)
    fine = SmoothField(
      random: &random, controlSpacing: 6.5, sd: 1, low: SIMD3(-150, -130, -130), high: SIMD3(150, 130, 130))
    choices = traits.choices.merging(tissues.choices) { first, _ in first }
    choices["difficulty"] = .number(difficulty)
  }

  /// The stream of one organ.
  func random(_ name: String) -> RandomStream { RandomStream(seed: seed, name: name) }

  mutating func paint(_ shape: any Shape, _ layers: [Layer], in place: Stroke.Place = .cavity) {
    strokes.append(Stroke(shape, layers, in: place))
  }

  /// An ellipsoid of the reference body in the patient; radii in mm of the reference body.
  func ellipsoid(
    _ centre: SIMD3<Double>, _ radii: SIMD3<Double>, turn: Double = 0, tip: Double = 0, squareness: Double = 0
  ) -> Ellipsoid {
    Ellipsoid(
      centre: frame.place(centre), radii: radii * frame.scale, axes: frame.axes(turn: turn, tip: tip),
      squareness: squareness)
  }

  /// A tube through points of the reference body.
  func tube(
    _ points: [SIMD3<Double>], _ radii: [Double], height: Double = 1, modulation: (Double) -> Double = { _ in 1 }
  ) -> Tube {
    Tube(
      points: points.map(frame.place), radii: radii.map { $0 * frame.meanScale }, height: height,
      modulation: modulation)
  }

  /// Points moved at random, sd in mm; `difficulty` stretches it.
  func jittered(_ points: [SIMD3<Double>], _ sd: Double, _ random: inout RandomStream) -> [SIMD3<Double>] {
    points.map { $0 + step(sd * (0.6 + 0.4 * difficulty), &random) }
  }

  /// A random step, sd in mm along each axis.
  func step(_ sd: Double, _ random: inout RandomStream) -> SIMD3<Double> {
    let x = random.normal(0, sd)
    let y = random.normal(0, sd)
    return SIMD3(x, y, random.normal(0, sd))
  }

  /// The patient's fat with a little structure.
  var fatMaterial: Material { Material(tissues.fat) }
}
