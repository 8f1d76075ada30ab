import Volumes

/// Paints one case: walks the output grid, asks the pose where each voxel lies in the atlas, and gives it the HU of what
/// is there. No voxel depends on another, so slices can be painted in any order.
struct AtlasPainter: Sendable {
  let anatomy: AtlasAnatomy
  let pose: AtlasPose
  let pancreas: AtlasPancreas
  let tissues: AtlasTissues
  let textures: AtlasTextures
  /// The output grid; its centre is the patient's.
  let geometry: VolumeGeometry

  /// Paints the slice `z` into one slice of HU and one of `PhantomLabel` values, [y, x].
  func paint(slice z: Int, hu: UnsafeMutableBufferPointer<Float>, labels: UnsafeMutableBufferPointer<UInt8>) {
    let width = geometry.size.x
    let xs = (0..<width).map { Float(geometry.origin.x + Double($0) * geometry.spacing.x) }
    let depth = geometry.origin.z + Double(z) * geometry.spacing.z
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 11 * width) { memory in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: width) { ids in
        xs.withUnsafeBufferPointer { xs in
          anatomy.ids.withUnsafeBufferPointer { atlas in
            anatomy.depths.withUnsafeBufferPointer { depths in
              anatomy.skinDepths.withUnsafeBufferPointer { skinDepths in
                anatomy.heights.withUnsafeBufferPointer { heights in
                  pancreas.distances.withUnsafeBufferPointer { distances in
                    let row = Row(memory: memory, ids: ids, xs: xs)
                    let sampler = AtlasSampler(
                      anatomy: anatomy, ids: atlas, depths: depths, skinDepths: skinDepths, heights: heights,
                      pancreas: distances)
                    for y in 0..<geometry.size.y {
                      let height = geometry.origin.y + Double(y) * geometry.spacing.y
                      let voxels = y * width..<(y + 1) * width
                      paint(
                        row, y: height, z: depth, sampler: sampler,
                        hu: UnsafeMutableBufferPointer(rebasing: hu[voxels]),
                        labels: UnsafeMutableBufferPointer(rebasing: labels[voxels]))
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// Memory for one row: where its voxels lie in the atlas, what they are, and the textures there.
  private struct Row {
    let xs: UnsafeBufferPointer<Float>
    let ids: UnsafeMutableBufferPointer<UInt8>
    let points:
      (UnsafeMutableBufferPointer<Float>, UnsafeMutableBufferPointer<Float>, UnsafeMutableBufferPointer<Float>)
    let depths: UnsafeMutableBufferPointer<Float>
    let heights: UnsafeMutableBufferPointer<Float>
    let medium: UnsafeMutableBufferPointer<Float>
    let fine: UnsafeMutableBufferPointer<Float>
    let coarse: UnsafeMutableBufferPointer<Float>
    let vessels: (UnsafeMutableBufferPointer<Float>, UnsafeMutableBufferPointer<Float>)
    let scratch: UnsafeMutableBufferPointer<Float>

    init(
      memory: UnsafeMutableBufferPointer<Float>, ids: UnsafeMutableBufferPointer<UInt8>, xs: UnsafeBufferPointer<Float>
    ) {
      (self.xs, self.ids) = (xs, ids)
      func part(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(rebasing: memory[index * xs.count..<(index + 1) * xs.count])
      }
      points = (part(0), part(1), part(2))
      (depths, medium, fine, coarse) = (part(3), part(4), part(5), part(6))
      vessels = (part(7), part(8))
      (scratch, heights) = (part(9), part(10))
    }
  }

  private func paint(
    _ row: Row, y: Double, z: Double, sampler: AtlasSampler, hu: UnsafeMutableBufferPointer<Float>,
    labels: UnsafeMutableBufferPointer<UInt8>
  ) {
    pose.map(row: row.xs, y: y, z: z, scratch: row.scratch, into: row.points)
    let front = Float(anatomy.reach.y + anatomy.spacing.y / 2)
    var found = Found()
    for x in 0..<row.xs.count {
      let place = sampler.place(SIMD3(row.points.0[x], row.points.1[x], row.points.2[x]))
      var id = sampler.vote(at: place)
      // Before and behind the atlas there is air; its sides and ends, where it cuts the body, go on as they are.
      if abs(row.points.1[x]) > front, let airID = tissues.airID { id = airID }
      let role = tissues.roles[Int(id)]
      if role != .air {
        if role.yieldsToPancreas {
          if sampler.pancreasDistance(at: place) < 0 {
            id = tissues.pancreasID
          } else if role == .pancreas {
            id = tissues.fatID
          }
        }
        row.depths[x] =
          tissues.roles[Int(id)] == .fat ? sampler.skinDepth(at: place) : sampler.depth(at: place)
        if tissues.fillings[Int(id)] != nil {
          row.heights[x] = sampler.height(at: place)
          found.lumen = true
        }
        found.tissue = true
        found.liver = found.liver || role == .liver
      }
      row.ids[x] = id
      labels[x] = tissues.labels[Int(id)]
    }
    guard found.tissue else {
      hu.update(repeating: -1000)
      return
    }
    textures.medium.fill(row: row.xs, y: Float(y), z: Float(z), into: row.medium)
    textures.fine.fill(row: row.xs, y: Float(y), z: Float(z), into: row.fine)
    if found.lumen { textures.coarse.fill(row: row.xs, y: Float(y), z: Float(z), into: row.coarse) }
    if found.liver {
      textures.smallVessels.fill(row: row.xs, y: Float(y), z: Float(z), into: row.vessels.0)
      textures.largeVessels.fill(row: row.xs, y: Float(y), z: Float(z), into: row.vessels.1)
    }
    for x in 0..<row.xs.count { hu[x] = value(row, x) }
  }

  /// What a row holds, so that textures nobody needs are not computed.
  private struct Found {
    var tissue = false
    var liver = false
    var lumen = false
  }

  /// The HU of voxel x of a row.
  @inline(__always)
  private func value(_ row: Row, _ x: Int) -> Float {
    let id = Int(row.ids[x])
    let (mean, texture) = (tissues.means[id], tissues.textures[id])
    let (medium, fine, depth) = (row.medium[x], row.fine[x], row.depths[x])
    switch tissues.roles[id] {
    case .air: return -1000
    case .fat:
      return mean + texture * fine + 6 * medium + tissues.skinRise * clamped(1 - depth / tissues.skinDepth)
    case .soft: return mean + tissues.softTextureHU * min(max(fine, -0.6), 3) - 10 * abs(medium)
    case .muscle:
      return mean + texture * fine - 14 * abs(medium) - tissues.muscleFat * min(max(abs(fine) - 0.3, 0), 1.5)
    case .bone:
      return mean + texture * fine + 50 * medium + tissues.boneShell * clamped(1 - depth / tissues.boneShellDepth)
    case .lung: return mean + texture * fine
    case .organ, .gallbladder, .artery, .portalVein: return mean + texture * fine + 3 * medium
    case .liver:
      let vessel = clamped(1 - abs(row.vessels.0[x]) * (1 / 0.12)) * clamped(1 - abs(row.vessels.1[x]) * (1 / 0.3))
      return mean + texture * fine + 3 * medium + tissues.liverVesselRise * vessel
    case .kidney:
      if depth > tissues.sinusDepth, medium > -0.4 { return tissues.sinusHU }
      return mean + texture * fine + 3 * medium + (depth < 6 ? tissues.cortexRise : 0)
    case .pancreas:
      let point = SIMD3(row.points.0[x], row.points.1[x], row.points.2[x])
      if let lesion = pancreas.lesion(at: point) {
        return (lesion.isCyst ? tissues.cystHU : tissues.lesionHU) + texture * fine
      }
      let lobule = min(max(abs(fine) - 0.3, 0), 1.5)
      return mean + texture * fine + 3 * medium - tissues.infiltration * lobule
    case .hollow:
      guard let filling = tissues.fillings[id], depth > filling.wall else { return mean + texture * fine + 3 * medium }
      return filling.value(fine: fine, medium: medium, coarse: row.coarse[x], height: row.heights[x])
        ?? mean + texture * fine + 3 * medium
    }
  }

  @inline(__always)
  private func clamped(_ value: Float) -> Float { min(max(value, 0), 1) }
}

extension AtlasPancreas {
  /// The lesion that holds a point of the atlas.
  @inline(__always)
  func lesion(at point: SIMD3<Float>) -> Lesion? {
    guard !lesions.isEmpty else { return nil }
    return lesions.first { lesion in
      let offset = point - lesion.centre
      return offset.x * offset.x + offset.y * offset.y + offset.z * offset.z < lesion.radius * lesion.radius
    }
  }
}

extension AtlasTissues.Filling {
  /// HU of the lumen; nil where it is empty and the wall goes on.
  ///
  /// `height` is 0 at the front of a loop and 1 at its back; gas lies above the level, which differs from loop to loop.
  func value(fine: Float, medium: Float, coarse: Float, height: Float) -> Float? {
    let isAboveLevel = height < level + 0.25 * coarse
    switch content {
    case .gas: return -900
    case .fluid: return isAboveLevel || medium > 0.4 + 0.8 * bubbles ? -900 : fluidHU
    case .contrast: return isAboveLevel || medium > 0.6 + 0.6 * bubbles ? -900 : contrastHU
    case .food: return isAboveLevel ? -900 : fine > 0.6 + 0.6 * bubbles ? -500 : foodHU + 30 * fine
    case .empty: return nil
    case .mixed:
      if coarse < -0.4 { return -900 }
      return coarse < 0.4 ? fluidHU + 20 * fine : solidHU + 35 * fine
    }
  }
}
