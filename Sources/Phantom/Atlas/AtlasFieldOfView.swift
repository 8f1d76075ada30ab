import Volumes

/// The grid that a case is rendered on.
struct AtlasFieldOfView: Sendable {
  /// Centred on the patient unless cut; x+ left, y+ posterior, z+ superior.
  let geometry: VolumeGeometry
  let choices: [String: PhantomRecord.ChoiceValue]

  /// Chooses size and spacing as `AtlasSynthesis.render` says.
  ///
  /// When the size is free, the field of view of seven cases in ten grows with the body, and one in five is cut along z.
  init(
    seed: UInt64, anatomy: AtlasAnatomy, pose: AtlasPose, size: VolumeSize?, spacing: SIMD3<Double>?
  ) throws(AtlasError) {
    // The atlas and up to 12 mm of air, a multiple of 12 mm along each axis.
    let voxels = SIMD3(Double(anatomy.size.x), Double(anatomy.size.y), Double(anatomy.size.z))
    var random = RandomStream(seed: seed, name: "atlas.field of view")
    let isCut = random.chance(0.2)
    let (share, place) = (random.uniform(0.35, 0.85), random.uniform())
    let isFitted = random.chance(0.7)
    var width = voxels * anatomy.spacing
    if isFitted, size == nil {
      width.x *= max(pose.scale.x, 1)
      width.y *= max(pose.scale.y, 1)
    }
    let extent = (width / 12 - 1e-6).rounded(.up) * 12
    var spacing = spacing
    if let size, spacing == nil {
      let inPlane = max(extent.x / Double(size.x), extent.y / Double(size.y))
      spacing = SIMD3(inPlane, inPlane, extent.z / Double(size.z))
    }
    let step = spacing ?? SIMD3(3, 3, 3)
    for axis in Axis.allCases where !(step[axis.rawValue] >= 0.2 && step[axis.rawValue] <= 20) {
      throw AtlasError(
        .invalidRequest, "spacing along \(axis) is \(step[axis.rawValue]) mm, expected 0.2 to 20; choose another")
    }

    // Beyond the ends of the atlas there is nothing to see, so the grid ends there too.
    var low = -extent.z / 2
    var high = extent.z / 2
    if size == nil {
      let seen = pose.longAxis(reach: anatomy.reach.z).clamped(to: low...high)
      let kept = (seen.upperBound - seen.lowerBound) * (isCut ? share : 1)
      low = seen.lowerBound + (seen.upperBound - seen.lowerBound - kept) * place
      high = low + kept
    }
    let counts = (SIMD3(extent.x, extent.y, high - low) / step).rounded(.toNearestOrEven)
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
        size: grid, spacing: step, origin: SIMD3(0, 0, (low + high) / 2) - last * step * 0.5,
        direction: VolumeGeometry.identityDirection)
    } catch {
      throw AtlasError(.invalidRequest, error.description)
    }
    choices = [
      "fitted_to_body": .bool(size == nil && isFitted), "cut_along_z": .bool(size == nil && isCut),
      "z_range_mm": .list([.number(low), .number(high)]),
    ]
  }
}
