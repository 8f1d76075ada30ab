import Volumes

/// Corruptions that take voxels away or put them into another order; the labels go with their voxels.
extension CorruptedImage {
  /// Fewer slices than this, or less than `smallestExtent` mm, are no CT any more.
  private static let smallestCount = 8
  private static let smallestExtent = 40.0

  /// Ends the field of view inside the organ, of which 30 to 75 % stay, mostly above or below.
  static func cut(
    _ original: SyntheticCase, organ: OrganProfile, random: inout RandomStream
  ) throws -> CorruptedImage {
    let axis = Axis.allCases[random.choice(weights: [0.2, 0.2, 0.6])]
    let keepsLow = random.chance(0.5)
    let share = random.uniform(0.3, 0.75)
    let count = original.volume.size[axis]
    let range =
      keepsLow
      ? 0..<max(organ.index(below: share, along: axis) + 1, min(smallestCount, count))
      : min(organ.index(below: 1 - share, along: axis), max(count - smallestCount, 0))..<count
    return try cropped(
      original, to: range, along: axis,
      choices: ["corruption_organ_share_kept": .number(organ.share(in: range, along: axis))])
  }

  /// Keeps what lies above or below the organ, and at most a rim of it when there is little else.
  static func wrongRegion(
    _ original: SyntheticCase, organ: OrganProfile, random: inout RandomStream
  ) throws -> CorruptedImage {
    let size = original.volume.size
    let millimetres = (smallestExtent / original.volume.geometry.spacing.z).rounded(.up)
    let smallest = min(max(smallestCount, Int(millimetres)), size.z)
    // At most a fiftieth of the organ shows.
    let below = 0..<organ.index(below: 0.02, along: .z)
    let above = organ.index(below: 0.98, along: .z) + 1..<size.z
    let fits = [below, above].map { $0.count >= smallest ? 1.0 : 0 }
    let isAbove = fits.contains(1) ? random.choice(weights: fits) == 1 : above.count > below.count
    let range =
      isAbove ? min(above.lowerBound, size.z - smallest)..<size.z : 0..<max(below.upperBound, smallest)
    return try cropped(
      original, to: range, along: .z,
      choices: [
        "corruption_organ_share_kept": .number(organ.share(in: range, along: .z)),
        "corruption_region": .text(isAbove ? "above" : "below"),
      ])
  }

  private static func cropped(
    _ original: SyntheticCase, to range: Range<Int>, along axis: Axis, choices: [String: PhantomRecord.ChoiceValue]
  ) throws -> CorruptedImage {
    let size = original.volume.size
    func kept(_ other: Axis) -> Range<Int> { other == axis ? range : 0..<size[other] }
    guard let box = VoxelBox(x: kept(.x), y: kept(.y), z: kept(.z)) else {
      throw CorruptionError(message: "nothing would be left along \(axis)")
    }
    var selection = VoxelSelection(wholeOf: size)
    selection[axis] = Array(range)
    let added: [String: PhantomRecord.ChoiceValue] = [
      "corruption_axis": .text("\(axis)"),
      "corruption_kept_indices": .list([.number(Double(range.lowerBound)), .number(Double(range.upperBound - 1))]),
    ]
    return try CorruptedImage(
      geometry: original.volume.geometry.cropped(to: box), voxels: selection.apply(to: original.volume.voxels),
      labels: selection.apply(to: original.labels.labels), choices: choices.merging(added) { $1 })
  }
}

extension CorruptedImage {
  /// Loses 15 to 50 mm of slices inside the organ, or all but every second or third; spacing and origin stay.
  static func slicesLost(
    _ original: SyntheticCase, organ: OrganProfile, random: inout RandomStream
  ) throws -> CorruptedImage {
    let geometry = original.volume.geometry
    let count = geometry.size.z
    let (isGap, extent, place) = (random.chance(0.6), random.uniform(15, 50), random.uniform(0.2, 0.8))
    let step = random.chance(0.7) ? 2 : 3
    var selection = VoxelSelection(wholeOf: geometry.size)
    var choices: [String: PhantomRecord.ChoiceValue]
    if isGap {
      let lost = min(max(1, Int((extent / geometry.spacing.z).rounded())), max(count - smallestCount, 0))
      let first = min(max(organ.index(below: place, along: .z) - lost / 2, 0), count - lost)
      selection[.z] = Array(0..<first) + Array(first + lost..<count)
      choices = [
        "corruption_first_slice_lost": .number(Double(first)), "corruption_slices_lost": .number(Double(lost)),
      ]
    } else {
      selection[.z] = Array(stride(from: 0, to: count, by: step))
      choices = ["corruption_every_nth_slice_kept": .number(Double(step))]
    }
    guard let size = VolumeSize(x: geometry.size.x, y: geometry.size.y, z: selection[.z].count) else {
      throw CorruptionError(message: "no slice would be left")
    }
    let shorter = try VolumeGeometry(
      size: size, spacing: geometry.spacing, origin: geometry.origin, direction: geometry.direction)
    return try CorruptedImage(
      geometry: shorter, voxels: selection.apply(to: original.volume.voxels),
      labels: selection.apply(to: original.labels.labels), choices: choices)
  }

  /// Reverses the voxels along one axis; the geometry stays, so left is called right, or head feet.
  static func flipped(_ original: SyntheticCase, random: inout RandomStream) throws(CorruptionError) -> CorruptedImage {
    let axis = Axis.allCases[random.integer(in: 0..<3)]
    var selection = VoxelSelection(wholeOf: original.volume.size)
    selection[axis].reverse()
    return try CorruptedImage(
      geometry: original.volume.geometry, voxels: selection.apply(to: original.volume.voxels),
      labels: selection.apply(to: original.labels.labels), choices: ["corruption_axis": .text("\(axis)")])
  }
}
