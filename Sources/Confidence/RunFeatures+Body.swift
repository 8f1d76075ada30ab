public import Volumes

extension RunFeatures {
  /// Body shares smaller than this, mL, are too little to judge an image by.
  private static let leastBody = 1000.0

  /// What the image shows of a body: its size, and where bone, lung and large organs lie in it.
  ///
  /// Measured on samples about 4 mm apart, so it costs little beside any other step. A row's body reaches from its first
  /// to its last sample above -300 HU. Only metal is measured in an image with less than a litre of body.
  public init(bodyIn volume: Volume, within box: VoxelBox) {
    self.init()
    let sampling = PatientSampling(of: volume.geometry, within: box, millimetres: 4)
    let body = volume.voxels.withUnsafeBufferPointer { BodySums(voxels: $0, sampling: sampling) }
    let sample = sampling.millilitres
    self[.metal] = Double(body.metal) * sample
    guard Double(body.inside) * sample >= Self.leastBody, body.slices > 0 else { return }
    self[.bodyWidth] = Double(body.widths) / Double(body.slices) * sampling.spacing.x
    self[.bodyDepth] = Double(body.depths) / Double(body.slices) * sampling.spacing.y
    self[.boneShare] = Double(body.bone) / Double(body.inside)
    self[.lungShare] = Double(body.lungBelow + body.lungAbove) / Double(body.inside)
    self[.fat] = body.tissueQuantile(0.1)
    self[.solidShare] = Double(body.solidRight + body.solidLeft) / Double(body.inside)
    // Less than this is noise, gas in the bowel, or a vessel.
    if Double(body.spine) * sample >= 10 { self[.bonePosterior] = body.spineDepth / Double(body.spine) }
    let lung = body.lungBelow + body.lungAbove
    if Double(lung) * sample >= 100 {
      self[.lungSuperior] = Double(body.lungAbove - body.lungBelow) / Double(lung)
    }
    let solid = body.solidRight + body.solidLeft
    if Double(solid) * sample >= 300 {
      self[.solidRight] = Double(body.solidRight - body.solidLeft) / Double(solid)
    }
  }
}

/// What is counted in the samples of a body.
private struct BodySums {
  var inside = 0
  var slices = 0
  var widths = 0
  var depths = 0
  var bone = 0
  var metal = 0
  /// Bone in the middle third of its row, and the sum of its places from front (0) to back (1).
  var spine = 0
  var spineDepth = 0.0
  var lungBelow = 0
  var lungAbove = 0
  var solidRight = 0
  var solidLeft = 0
  /// Body samples of each HU of `tissue`.
  var tissueHistogram = [Int](repeating: 0, count: tissue.count)

  private static let tissue = -300...300
  private static let body: Int16 = -300
  /// Above most vessels with contrast.
  private static let bone: Int16 = 400
  private static let metal: Int16 = 2000
  private static let lung: ClosedRange<Int16> = -920 ... -550
  private static let solid: ClosedRange<Int16> = 10...250
  /// Samples from a voxel to the neighbours that must be soft tissue too: 8 mm, more than muscles and bowel walls.
  private static let reach = 2

  init(voxels: UnsafeBufferPointer<Int16>, sampling: PatientSampling) {
    for z in 0..<sampling.size.z { addSlice(z, voxels, sampling) }
  }

  private mutating func addSlice(_ z: Int, _ voxels: UnsafeBufferPointer<Int16>, _ sampling: PatientSampling) {
    var spans: [(y: Int, x: ClosedRange<Int>)] = []
    for y in 0..<sampling.size.y {
      guard let left = (0..<sampling.size.x).first(where: { voxels[sampling.offset($0, y, z)] > Self.body }),
        let right = (0..<sampling.size.x).last(where: { voxels[sampling.offset($0, y, z)] > Self.body })
      else { continue }
      // A thin stripe is table or noise.
      if right - left >= 4 { spans.append((y, left...right)) }
    }
    guard let front = spans.first?.y, let back = spans.last?.y else { return }
    slices += 1
    widths += spans.reduce(0) { max($0, $1.x.count) }
    depths += back - front + 1
    let isUpper = 2 * z + 1 > sampling.size.z
    for (y, span) in spans {
      let depth = (Double(y - front) + 0.5) / Double(back - front + 1)
      inside += span.count
      for x in span {
        let value = voxels[sampling.offset(x, y, z)]
        if value > Self.metal { metal += 1 }
        if Self.tissue.contains(Int(value)) { tissueHistogram[Int(value) - Self.tissue.lowerBound] += 1 }
        if value > Self.bone {
          bone += 1
          let third = span.count / 3
          if x >= span.lowerBound + third, x <= span.upperBound - third {
            spine += 1
            spineDepth += depth
          }
        } else if Self.lung.contains(value) {
          if isUpper { lungAbove += 1 } else { lungBelow += 1 }
        } else if Self.solid.contains(value), depth < 0.6, isSolid(x, y, z, voxels, sampling) {
          // x grows to the patient's left.
          if 2 * x < span.lowerBound + span.upperBound { solidRight += 1 } else { solidLeft += 1 }
        }
      }
    }
  }

  /// The smallest HU with at least a share of the tissue at or below it; nil without tissue.
  func tissueQuantile(_ share: Double) -> Double? {
    let count = tissueHistogram.reduce(0, +)
    var seen = 0
    for (index, samples) in tissueHistogram.enumerated() {
      seen += samples
      if seen > 0, Double(seen) >= share * Double(count) { return Double(Self.tissue.lowerBound + index) }
    }
    return nil
  }

  private func isSolid(
    _ x: Int, _ y: Int, _ z: Int, _ voxels: UnsafeBufferPointer<Int16>, _ sampling: PatientSampling
  ) -> Bool {
    let reach = Self.reach
    guard x >= reach, x + reach < sampling.size.x, y >= reach, y + reach < sampling.size.y else { return false }
    return Self.solid.contains(voxels[sampling.offset(x - reach, y, z)])
      && Self.solid.contains(voxels[sampling.offset(x + reach, y, z)])
      && Self.solid.contains(voxels[sampling.offset(x, y - reach, z)])
      && Self.solid.contains(voxels[sampling.offset(x, y + reach, z)])
  }
}
