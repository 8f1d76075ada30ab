import Volumes

/// The grid that a case is rendered on.
struct AtlasFieldOfView: Sendable {
  /// Centred on the patient unless cut; x+ left, y+ posterior, z+ superior.
  let geometry: VolumeGeometry
  let choices: [String: PhantomRecord.ChoiceValue]

  /// Chooses size and spacing as `AtlasSynthesis.render` says; a case of five is cut along z when the size is free.
  init(
    seed: UInt64, anatomy: AtlasAnatomy, size: VolumeSize?, spacing: SIMD3<Double>?
  ) throws(AtlasError) {
    // The atlas and up to 12 mm of air, a multiple of 12 mm along each axis.
    let voxels = SIMD3(Double(anatomy.size.x), Double(anatomy.size.y), Double(anatomy.size.z))
    let extent = (voxels * anatomy.spacing / 12 - 1e-6).rounded(.up) * 12
    var spacing = spacing
    if let size, spacing == nil {
      let inPlane = max(extent.x / Double(size.x), extent.y / Double(size.y))
      spacing = SIMD3(inPlane, inPlane, extent.z / Double(size.z))
    }
    let step = spacing ?? SIMD3(3, 3, 3)
    guard step.min() >= 0.2, step.max() <= 20 else {
      throw AtlasError(.invalidRequest, "spacing \(step.x) x \(step.y) x \(step.z) mm, expected 0.2 to 20 mm")
    }

    var random = RandomStream(seed: seed, name: "atlas.field of view")
    let isCut = random.chance(0.2)
    let (share, place) = (random.uniform(0.35, 0.85), random.uniform())
    let keptExtent = size == nil && isCut ? extent.z * share : extent.z
    let centre = size == nil && isCut ? (extent.z - keptExtent) * (place - 0.5) : 0

    let counts = (SIMD3(extent.x, extent.y, keptExtent) / step).rounded(.toNearestOrEven)
    guard
      let grid = size ?? VolumeSize(x: max(Int(counts.x), 1), y: max(Int(counts.y), 1), z: max(Int(counts.z), 1)),
      grid.voxelCount <= VolumeSize.largestDerivedVoxelCount
    else {
      throw AtlasError(
        .invalidRequest,
        "the volume would have more than \(VolumeSize.largestDerivedVoxelCount) voxels; ask for a "
          + "smaller size or a larger spacing")
    }
    let last = SIMD3(Double(grid.x - 1), Double(grid.y - 1), Double(grid.z - 1))
    do {
      geometry = try VolumeGeometry(
        size: grid, spacing: step, origin: SIMD3(0, 0, centre) - last * step * 0.5,
        direction: VolumeGeometry.identityDirection)
    } catch {
      throw AtlasError(.invalidRequest, error.description)
    }
    choices = [
      "cut_along_z": .bool(size == nil && isCut),
      "z_range_mm": .list([.number(centre - keptExtent / 2), .number(centre + keptExtent / 2)]),
    ]
  }
}
