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
    AtlasRow.withMemory(xs: xs) { row in
      anatomy.withSampler(pancreas: pancreas) { sampler in
        for y in 0..<geometry.size.y {
          let height = geometry.origin.y + Double(y) * geometry.spacing.y
          let voxels = y * width..<(y + 1) * width
          paint(
            row, y: height, z: depth, sampler: sampler, hu: UnsafeMutableBufferPointer(rebasing: hu[voxels]),
            labels: UnsafeMutableBufferPointer(rebasing: labels[voxels]))
        }
      }
    }
  }

  private func paint(
    _ row: AtlasRow, y: Double, z: Double, sampler: AtlasSampler, hu: UnsafeMutableBufferPointer<Float>,
    labels: UnsafeMutableBufferPointer<UInt8>
  ) {
    pose.map(row: row.xs, y: y, z: z, scratch: row.scratch, into: row.points)
    let front = Float(anatomy.reach.y + anatomy.spacing.y / 2)
    var found = Found()
    for x in 0..<row.xs.count {
      let place = sampler.place(SIMD3(row.points.x[x], row.points.y[x], row.points.z[x]))
      var id = sampler.vote(at: place)
      // Before and behind the atlas there is air; its sides and ends, where it cuts the body, go on as they are.
      if abs(row.points.y[x]) > front, let airID = tissues.airID { id = airID }
      let role = tissues.roles[Int(id)]
      if role != .air {
        if role.yieldsToPancreas {
          if sampler.pancreasDistance(at: place) < 0 {
            id = tissues.pancreasID
          } else if role == .pancreas {
            id = tissues.fatID
          }
        }
        let measures = sampler.measures(at: place)
        let isHollow = tissues.fillings[Int(id)] != nil
        row.depths[x] = tissues.roles[Int(id)] == .fat ? measures.skinDepth : measures.depth
        row.heights[x] = measures.height
        found.lumen = found.lumen || isHollow
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
      textures.smallVessels.fill(row: row.xs, y: Float(y), z: Float(z), into: row.smallVessels)
      textures.largeVessels.fill(row: row.xs, y: Float(y), z: Float(z), into: row.largeVessels)
    }
    for x in 0..<row.xs.count { hu[x] = value(row, x) }
  }

  /// What a row holds, so that textures nobody needs are not computed.
  private struct Found {
    var tissue = false
    var liver = false
    var lumen = false
  }
}
