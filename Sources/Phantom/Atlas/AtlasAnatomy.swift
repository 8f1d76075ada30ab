import Volumes

/// A label map made ready for warping: x+ left, y+ posterior, z+ superior, with distances to the borders that matter.
///
/// Positions are mm from the centre of the map. Between voxels the label is decided by a vote of the eight around it,
/// each with its weight of linear interpolation: borders are flat pieces at any output spacing, not stairs.
struct AtlasAnatomy: Sendable {
  /// Voxels along each axis, at least 2.
  let size: VolumeSize
  /// mm.
  let spacing: SIMD3<Double>
  /// Ids of the table, [z, y, x]; bones, muscles and lobes that share a label have the id of their first class.
  let ids: [UInt8]
  /// How deep each voxel lies in what it belongs to.
  let measures: [AtlasMeasures]
  /// Distance to the border of the pancreas, negative inside, mm.
  let pancreas: [Float]
  /// Where the pancreas lies, from the patient's right to the left: seven points, mm from the centre.
  let pancreasCourse: [SIMD3<Double>]

  /// Half the map's extent, mm, from the centre of the map to the centres of its outermost voxels.
  var reach: SIMD3<Double> {
    SIMD3(Double(size.x - 1), Double(size.y - 1), Double(size.z - 1)) * spacing * 0.5
  }

  /// Turns the map into patient axes and measures it. Throws `AtlasError`.
  init(labels: LabelMap, geometry: VolumeGeometry, table: AtlasTable) throws(AtlasError) {
    guard labels.size == geometry.size else {
      throw AtlasError(
        .invalidLabelMap, "the label map has \(labels.size.text) voxels and its geometry \(geometry.size.text)")
    }
    guard geometry.obliqueness < 1 else {
      throw AtlasError(
        .invalidLabelMap,
        "the label map lies \(geometry.obliqueness) degrees oblique to the patient, expected below 1; "
          + "resample it along the patient's axes")
    }
    let order = AxisOrder(bringing: geometry, to: .leftPosteriorSuperior)
    let turned = labels.reordered(by: order)
    size = turned.size
    spacing = geometry.reordered(by: order).spacing
    guard size.x > 1, size.y > 1, size.z > 1 else {
      throw AtlasError(.invalidLabelMap, "the label map has \(size.text) voxels, expected at least 2 along each axis")
    }
    let merged = try Self.merged(turned.labels, table)
    ids = merged
    (measures, pancreas, pancreasCourse) = try Self.measured(
      ids: merged, size: size, spacing: spacing, table: table)
  }

  /// Ids with one id for classes that are one tissue. Throws `unknownLabel`.
  private static func merged(_ labels: [UInt8], _ table: AtlasTable) throws(AtlasError) -> [UInt8] {
    var replacement = [UInt8?](repeating: nil, count: 256)
    for tissue in table.classes {
      let first = table.classes.first {
        $0.role == tissue.role && $0.label == tissue.label && tissue.role.isMergedByLabel
      }
      replacement[Int(tissue.id)] = (first ?? tissue).id
    }
    var counts = [Int](repeating: 0, count: 256)
    for label in labels { counts[Int(label)] += 1 }
    for value in 0..<256 where counts[value] > 0 && replacement[value] == nil {
      throw AtlasError(
        .unknownLabel,
        "the label map has \(counts[value]) voxels of value \(value), which the atlas table "
          + "\"\(table.name)\" does not name; add a class with this id")
    }
    let lookup = replacement.map { $0 ?? 0 }
    return labels.map { lookup[Int($0)] }
  }

  private static func measured(
    ids: [UInt8], size: VolumeSize, spacing: SIMD3<Double>, table: AtlasTable
  ) throws(AtlasError) -> ([AtlasMeasures], [Float], [SIMD3<Double>]) {
    /// Distances to the voxels that are, or are not, of a class; borders lie half a voxel from a centre.
    func distances(_ isForeground: (UInt8) -> Bool) -> [Float] {
      guard let mask = LabelMap(size: size, labels: ids.map { isForeground($0) ? 1 : 0 }) else { return [] }
      let half = Float(spacing.min() / 2)
      return mask.squaredDistances(spacing: spacing).map { max($0.squareRoot() - half, 0) }
    }

    let air = Set(table.classes.filter { $0.role == .air }.map(\.id))
    let isAir = (0..<256).map { air.contains(UInt8($0)) }
    let skin = distances { isAir[Int($0)] }.map { min($0, 1000) }
    var depths = [Float](repeating: 0, count: ids.count)
    let present = Set(ids)
    for tissue in table.classes where present.contains(tissue.id) {
      guard [.hollow, .kidney, .bone].contains(tissue.role) else { continue }
      let inside = distances { $0 != tissue.id }
      for index in ids.indices where ids[index] == tissue.id { depths[index] = min(inside[index], 1000) }
    }

    guard let pancreas = table.classes.first(where: { $0.role == .pancreas }), present.contains(pancreas.id) else {
      throw AtlasError(.missingTissue, "the label map has no voxel of the pancreas; synthesis needs one to draw from")
    }
    let (outside, inside) = (distances { $0 == pancreas.id }, distances { $0 != pancreas.id })
    let signed = zip(outside, inside).map { min($0, 1000) - min($1, 1000) }
    let points = ids.indices.filter { ids[$0] == pancreas.id }.map { index in
      let voxel = SIMD3(Double(index % size.x), Double(index / size.x % size.y), Double(index / (size.x * size.y)))
      return (voxel - SIMD3(Double(size.x - 1), Double(size.y - 1), Double(size.z - 1)) * 0.5) * spacing
    }
    let hollow = table.classes.filter { $0.role == .hollow }.map(\.id)
    let heights = AtlasLumenHeights.measure(ids: ids, size: size, hollow: Set(hollow))
    let measures = ids.indices.map { AtlasMeasures(depth: depths[$0], skinDepth: skin[$0], height: heights[$0]) }
    return (measures, signed, course(of: points))
  }

  /// Seven points along x; each is the mean of what lies within 15 mm of it along x.
  private static func course(of points: [SIMD3<Double>]) -> [SIMD3<Double>] {
    let low = points.reduce(Double.infinity) { min($0, $1.x) }
    let high = points.reduce(-Double.infinity) { max($0, $1.x) }
    var course: [SIMD3<Double>] = []
    for step in 0..<7 {
      let x = low + (high - low) * Double(step) / 6
      let near = points.filter { abs($0.x - x) < 15 }
      // A gap in the label: go on as the gland does on average, 21 mm to the left and 3 mm up.
      let next =
        near.isEmpty ? (course.last ?? points[0]) + SIMD3(21, 0, 3) : near.reduce(.zero, +) / Double(near.count)
      course.append(next)
    }
    return course
  }
}

/// How deep a voxel of the atlas lies in what it belongs to; the three are interpolated together.
struct AtlasMeasures: Sendable {
  /// depth, skinDepth, height.
  let values: SIMD3<Float>

  init(depth: Float, skinDepth: Float, height: Float) { values = SIMD3(depth, skinDepth, height) }

  init(values: SIMD3<Float>) { self.values = values }

  /// How far inside their own border hollow organs, kidneys and bones lie, mm; 0 elsewhere.
  var depth: Float { values.x }
  /// How far from air, mm.
  var skinDepth: Float { values.y }
  /// How high hollow organs lie in their loop, 0 front to 1 back; 0 elsewhere.
  var height: Float { values.z }
}

extension VolumeSize {
  /// "122 x 101 x 112", for sentences.
  var text: String { "\(x) x \(y) x \(z)" }
}
