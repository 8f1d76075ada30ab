/// The HU of one case: phase, means of every class, contents of hollow organs, and everything else that paints.
struct AtlasTissues: Sendable {
  /// What a hollow organ of this case holds.
  struct Filling: Sendable {
    let content: AtlasTable.Content
    /// Thickness of the wall, mm.
    let wall: Float
    let fluidHU: Float
    let contrastHU: Float
    let foodHU: Float
    let solidHU: Float
    /// How high the texture must rise for a bubble.
    let bubbles: Float
    /// Where gas ends, as a share of a loop's height from the front; below 0 there is none above the rest.
    let level: Float
  }

  /// Mean HU by id.
  private(set) var means = [Float](repeating: -1000, count: 256)
  /// Texture amplitude by id.
  private(set) var textures = [Float](repeating: 0, count: 256)
  /// Role by id.
  private(set) var roles = [AtlasTable.Role](repeating: .air, count: 256)
  /// Value in the truth by id.
  private(set) var labels = [UInt8](repeating: 0, count: 256)
  /// By id; nil unless hollow.
  private(set) var fillings = [Filling?](repeating: nil, count: 256)
  private(set) var fatID: UInt8 = 0
  /// Nil when the table has no air.
  private(set) var airID: UInt8?
  private(set) var pancreasID: UInt8 = 0
  /// What vessels add to the liver, HU.
  private(set) var liverVesselRise: Float = 0
  /// How deep fat cuts into the pancreas, HU.
  private(set) var infiltration: Float = 0
  private(set) var lesionHU: Float = 0
  private(set) var cystHU: Float = 0
  /// Where a kidney's sinus begins, mm below its surface.
  private(set) var sinusDepth: Float = 0
  private(set) var sinusHU: Float = 0
  /// What the cortex is brighter by, HU.
  private(set) var cortexRise: Float = 0
  private(set) var softTextureHU: Float = 0
  /// What skin is brighter than fat by at the surface, HU, and how deep that reaches, mm.
  private(set) var skinRise: Float = 0
  private(set) var skinDepth: Float = 1
  /// How deep fat cuts into muscle, HU.
  private(set) var muscleFat: Float = 0
  /// What the outermost bone is brighter by, HU, and how deep that reaches, mm.
  private(set) var boneShell: Float = 0
  private(set) var boneShellDepth: Float = 1
  private(set) var choices: [String: PhantomRecord.ChoiceValue] = [:]

  /// Draws the tissues of a seed.
  init(seed: UInt64, table: AtlasTable) {
    var random = RandomStream(seed: seed, name: "atlas.contrast")
    let isNative = random.chance(0.3)
    let strength = random.uniform(0.35, 1.25)
    let enhancement = isNative ? 0 : strength
    let isArterial = random.chance(0.15)
    let arterialRise = random.uniform(50, 200)
    let spread = random.chance(0.75) ? 0.2 : 1.0
    for tissue in table.classes {
      var random = RandomStream(seed: seed, name: "atlas.class.\(tissue.id)")
      let id = Int(tissue.id)
      let varied = random.normal(0, 16) * spread
      var mean = tissue.nativeHU + (tissue.portalHU - tissue.nativeHU) * enhancement + random.normal(0, tissue.sdHU)
      switch tissue.role {
      case .fat, .soft, .muscle, .bone, .lung, .air: break
      case .organ, .pancreas, .liver, .kidney, .gallbladder, .artery, .portalVein, .hollow: mean += varied
      }
      means[id] = Float(mean)
      textures[id] = Float(tissue.textureHU)
      roles[id] = tissue.role
      labels[id] = tissue.label
      if tissue.role == .hollow { fillings[id] = Self.filling(&random, tissue) }
      if tissue.role == .fat { fatID = tissue.id }
      if tissue.role == .air, airID == nil { airID = tissue.id }
      if tissue.role == .pancreas { pancreasID = tissue.id }
    }
    relate(&random, table, arterialRise: isArterial ? arterialRise : 0)
    drawPancreas(&random)
    drawKidneys(&random, enhancement: enhancement, isArterial: isArterial)
    softTextureHU = Float(15 + 35 * enhancement)
    skinRise = Float(random.uniform(80, 240))
    skinDepth = Float(random.uniform(3, 6))
    muscleFat = Float(random.uniform(0, 50))
    boneShell = Float(random.uniform(150, 550))
    boneShellDepth = Float(random.uniform(2, 4.5))
    removeGallbladder(&random, table)
    choices["phase"] = .text(isArterial ? "arterial" : isNative ? "native" : "portal")
    choices["enhancement"] = .number(enhancement)
    choices["class_spread"] = .number(spread)
    record(table)
  }

  /// What holds between classes: one blood in all arteries, no portal vein darker than the liver.
  private mutating func relate(_ random: inout RandomStream, _ table: AtlasTable, arterialRise: Double) {
    let arteries = table.classes.filter { $0.role == .artery }
    let blood = arteries.first { $0.label == PhantomLabel.aorta.rawValue } ?? arteries.first
    if let blood {
      let mean = means[Int(blood.id)] + Float(arterialRise)
      let difference = Float(random.normal(0, 8))
      for artery in arteries { means[Int(artery.id)] = artery.id == blood.id ? mean : mean + difference }
    }
    guard let liver = table.classes.first(where: { $0.role == .liver }) else { return }
    let liverMean = means[Int(liver.id)]
    for vein in table.classes where vein.role == .portalVein {
      means[Int(vein.id)] = max(means[Int(vein.id)], liverMean - 5)
      liverVesselRise = means[Int(vein.id)] - liverMean
    }
  }

  private mutating func drawPancreas(_ random: inout RandomStream) {
    let (darker, isDarker) = (random.uniform(0, 35), random.chance(0.5))
    if isDarker { means[Int(pancreasID)] -= Float(darker) }
    let (depth, isFatty) = (random.uniform(0, 60), random.chance(0.6))
    infiltration = isFatty ? Float(depth) : 0
    lesionHU = means[Int(pancreasID)] + Float(random.uniform(-50, 15))
    cystHU = Float(random.uniform(0, 25))
    choices["pancreas_infiltration_hu"] = .number(Double(infiltration))
    choices["pancreas_hu"] = .number(Double(means[Int(pancreasID)]))
  }

  private mutating func drawKidneys(_ random: inout RandomStream, enhancement: Double, isArterial: Bool) {
    sinusDepth = Float(random.uniform(6, 12))
    let hasFatSinus = random.chance(0.6)
    let kidney = roles.firstIndex(of: .kidney).map { means[$0] } ?? 0
    sinusHU = hasFatSinus ? means[Int(fatID)] + 50 : kidney - 40
    let (venous, arterial) = (random.uniform(0, 20) * enhancement, random.uniform(20, 80))
    cortexRise = Float(isArterial ? arterial : venous)
  }

  /// In one case of eight the gallbladder has been removed: fat lies in its place.
  private mutating func removeGallbladder(_ random: inout RandomStream, _ table: AtlasTable) {
    let isMissing = random.chance(0.12)
    choices["gallbladder_missing"] = .bool(isMissing)
    guard isMissing else { return }
    for tissue in table.classes where tissue.role == .gallbladder {
      let id = Int(tissue.id)
      (means[id], textures[id], roles[id], labels[id]) = (means[Int(fatID)], textures[Int(fatID)], .fat, 0)
    }
  }

  private static func filling(_ random: inout RandomStream, _ tissue: AtlasTable.TissueClass) -> Filling {
    // Levels are as common as gas.
    let total = tissue.contentWeights.reduce(0, +)
    let gas = zip(AtlasTable.Content.allCases, tissue.contentWeights).first { $0.0 == .gas }?.1 ?? 0
    let hasLevel = random.chance(min(2 * gas / total, 0.5))
    let level = random.uniform(0.1, 0.6)
    return Filling(
      content: AtlasTable.Content.allCases[random.choice(weights: tissue.contentWeights)],
      wall: Float(random.uniform(1.2, 3.6)), fluidHU: Float(random.uniform(0, 35)),
      contrastHU: Float(random.uniform(150, 400)), foodHU: Float(random.uniform(20, 80)),
      solidHU: Float(random.uniform(30, 90)), bubbles: Float(random.uniform(0, 1)), level: hasLevel ? Float(level) : -10
    )
  }

  private mutating func record(_ table: AtlasTable) {
    for tissue in table.classes where tissue.label != 0 {
      if let filling = fillings[Int(tissue.id)] { choices["\(tissue.name)_content"] = .text(filling.content.rawValue) }
    }
    for role in [AtlasTable.Role.liver, .artery, .portalVein, .fat, .muscle] {
      guard let tissue = table.classes.first(where: { $0.role == role }) else { continue }
      choices["\(tissue.name)_hu"] = .number(Double(means[Int(tissue.id)]))
    }
  }
}
