import Volumes

extension CorruptedImage {
  /// Puts one to three rods of metal near the organ, saturated, with bright and dark streaks in their slices.
  ///
  /// A streak is a ray through the rod, broader and fainter with the distance: what photon starvation leaves between
  /// dense objects, without the physics. The labels stay.
  static func metal(
    _ original: SyntheticCase, organ: OrganProfile, random: inout RandomStream
  ) throws(CorruptionError) -> CorruptedImage {
    let geometry = original.volume.geometry
    let centre = SIMD3(organ.centre(along: .x), organ.centre(along: .y), organ.centre(along: .z)) * geometry.spacing
    let rods = (0..<random.integer(in: 1..<4)).map { _ in MetalRod(near: centre, random: &random) }
    var voxels = original.volume.voxels
    for rod in rods { rod.addStreaks(to: &voxels, size: geometry.size, spacing: geometry.spacing) }
    for rod in rods { rod.saturate(&voxels, size: geometry.size, spacing: geometry.spacing) }
    return try CorruptedImage(
      geometry: geometry, voxels: voxels, labels: original.labels.labels,
      choices: ["corruption_rods": .list(rods.map(\.record))])
  }
}

/// A rod of metal along z. All lengths in mm from the centre of voxel (0, 0, 0), along the array's axes.
struct MetalRod {
  /// A bright or dark ray through the rod's axis.
  private struct Streak {
    let direction: SIMD2<Double>
    let amplitude: Float
    let width: Double
  }

  let centre: SIMD3<Double>
  let radius: Double
  let halfLength: Double
  private let streaks: [Streak]

  /// A rod 15 to 70 mm beside a point, 6 to 16 mm thick and 16 to 60 mm long.
  init(near point: SIMD3<Double>, random: inout RandomStream) {
    let (angle, distance) = (random.uniform(0, 2 * Double.pi), random.uniform(15, 70))
    let offset = SIMD3(
      distance * ElementaryFunctions.cos(angle), distance * ElementaryFunctions.sin(angle), random.uniform(-20, 20))
    centre = point + offset
    (radius, halfLength) = (random.uniform(3, 8), random.uniform(8, 30))
    let strength = random.uniform(0.3, 1)
    var streaks: [Streak] = []
    for index in 0..<random.integer(in: 6..<15) {
      let angle = random.uniform(0, Double.pi)
      streaks.append(
        Streak(
          direction: SIMD2(ElementaryFunctions.cos(angle), ElementaryFunctions.sin(angle)),
          amplitude: Float((index % 2 == 0 ? 1 : -1) * strength * random.uniform(150, 500)),
          width: random.uniform(1.5, 4)))
    }
    self.streaks = streaks
  }

  /// What phantom.json says about it: centre, radius, half length, number of streaks and the strongest of them in HU.
  var record: PhantomRecord.ChoiceValue {
    let strongest = streaks.reduce(0) { max($0, abs($1.amplitude)) }
    return .list(
      [centre.x, centre.y, centre.z, radius, halfLength, Double(streaks.count), Double(strongest)].map { .number($0) })
  }

  /// The HU that the rod adds at a place in one of its slices, from its axis.
  func streakHU(at place: SIMD2<Double>) -> Float {
    var sum: Float = 0
    for streak in streaks {
      let along = abs(place.x * streak.direction.x + place.y * streak.direction.y)
      let across = place.x * streak.direction.y - place.y * streak.direction.x
      let ratio = across / (streak.width + 0.03 * along)
      let profile = 1 / (1 + ratio * ratio)
      sum += streak.amplitude * Float(profile * profile * 40 / (40 + along))
    }
    return sum
  }

  /// Cost: every voxel of the rod's slices times its streaks.
  func addStreaks(to voxels: inout [Int16], size: VolumeSize, spacing: SIMD3<Double>) {
    for z in slices(of: size, spacing: spacing) {
      for y in 0..<size.y {
        let row = (z * size.y + y) * size.x
        for x in 0..<size.x {
          let place = SIMD2(Double(x) * spacing.x - centre.x, Double(y) * spacing.y - centre.y)
          voxels[row + x] = Int16(hounsfield: Float(voxels[row + x]) + streakHU(at: place))
        }
      }
    }
  }

  /// Sets the rod itself to the largest HU that a scanner stores; at least the voxel on its axis.
  func saturate(_ voxels: inout [Int16], size: VolumeSize, spacing: SIMD3<Double>) {
    let reach = max(radius, 0.5 * max(spacing.x, spacing.y))
    for z in slices(of: size, spacing: spacing) {
      for y in 0..<size.y {
        for x in 0..<size.x {
          let place = SIMD2(Double(x) * spacing.x - centre.x, Double(y) * spacing.y - centre.y)
          guard (place * place).sum() <= reach * reach else { continue }
          voxels[(z * size.y + y) * size.x + x] = 3071
        }
      }
    }
  }

  private func slices(of size: VolumeSize, spacing: SIMD3<Double>) -> Range<Int> {
    let first = min(max(Int(((centre.z - halfLength) / spacing.z).rounded(.up)), 0), size.z)
    let end = min(max(Int(((centre.z + halfLength) / spacing.z).rounded(.down)) + 1, first), size.z)
    return first..<end
  }
}
