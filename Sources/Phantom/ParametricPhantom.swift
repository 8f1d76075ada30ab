public import Volumes

/// A synthetic abdominal CT drawn from a seed: analytic organs, no patient data. Research use only, not for diagnosis.
///
/// Solids given by signed distances (ellipsoids, bent tubes, combinations of them) are painted in order with soft
/// edges; then the scanner blurs and adds noise. Every organ draws from a random stream of its own, and all lengths are
/// millimetres, so that one seed is one anatomy at any spacing. Same bits on every machine and for any threads.
public struct ParametricPhantom: Sendable {
  /// The seed of every random stream.
  public let seed: UInt64
  /// How close the pancreas and its surroundings come to each other, 1 is the default.
  ///
  /// The one knob: it divides the spread of bowel HU around the pancreas's, and multiplies how far organs stray from
  /// their usual place and how many loops of bowel lie beside the pancreas.
  public let difficulty: Double

  /// Draws nothing yet.
  public init(seed: UInt64, difficulty: Double = 1) {
    (self.seed, self.difficulty) = (seed, difficulty)
  }

  /// The image and its labels on a grid, identity directions in LPS.
  ///
  /// nil for `spacing` is 3 mm along each axis, nil for `size` the seed's own field of view. Any other grid is a window
  /// around the middle of that field of view.
  /// Throws `PhantomError` for a difficulty outside 0 to 4, a spacing outside 0.1 to 50 mm, too many voxels and a grid
  /// longer than 2 m.
  /// Cost: about 14 bytes a voxel while it works; the same bits for any `threads`.
  public func render(size: VolumeSize?, spacing: SIMD3<Double>?, threads: Int) throws -> SyntheticCase {
    guard difficulty >= 0, difficulty <= 4 else {
      throw PhantomError("the difficulty is \(difficulty), expected 0 to 4; 1 is the usual one")
    }
    var anatomy = AnatomyBuilder(seed: seed, difficulty: difficulty)
    let geometry = try Self.geometry(of: anatomy.traits, size: size, spacing: spacing ?? SIMD3(repeating: 3))
    anatomy.addAll()
    let painter = Painter(strokes: anatomy.strokes, body: anatomy.body, geometry: geometry, air: -1002)
    let (hounsfield, labels) = painter.paint(threads: threads)
    let scanner = Scanner(seed: seed, traits: anatomy.traits)
    let voxels = scanner.scan(hounsfield, geometry: geometry, threads: threads)
    let choices = anatomy.choices.merging(scanner.choices) { first, _ in first }
    return try SyntheticCase(
      geometry: geometry, voxels: voxels, labels: labels,
      record: PhantomRecord(source: "parametric", seed: seed, geometry: geometry, choices: choices))
  }

  /// The grid around the middle of a patient's field of view.
  private static func geometry(
    of traits: PatientTraits, size: VolumeSize?, spacing: SIMD3<Double>
  ) throws -> VolumeGeometry {
    for axis in Axis.allCases where !(spacing[axis.rawValue] >= 0.1 && spacing[axis.rawValue] <= 50) {
      throw PhantomError("spacing along \(axis) is \(spacing[axis.rawValue]) mm, expected 0.1 to 50; choose another")
    }
    let counts = (traits.fieldOfView / spacing).rounded(.toNearestOrAwayFromZero)
    guard let size = size ?? VolumeSize(x: max(1, Int(counts.x)), y: max(1, Int(counts.y)), z: max(1, Int(counts.z))),
      size.voxelCount <= VolumeSize.largestDerivedVoxelCount
    else {
      throw PhantomError(
        "the grid has more than \(VolumeSize.largestDerivedVoxelCount) voxels; choose fewer or larger ones")
    }
    let extent = SIMD3(Double(size.x - 1), Double(size.y - 1), Double(size.z - 1)) * spacing
    for axis in Axis.allCases where extent[axis.rawValue] > 2000 {
      throw PhantomError(
        "the grid is \(extent[axis.rawValue]) mm long along \(axis), at most 2000 are allowed; choose fewer voxels"
      )
    }
    return try VolumeGeometry(
      size: size, spacing: spacing, origin: SIMD3(0, 0, traits.centreHeight) - extent / 2,
      direction: VolumeGeometry.identityDirection)
  }
}

extension AnatomyBuilder {
  /// Paints everything, from the outside in and from the back to the front of the painter's order.
  mutating func addAll() {
    let course = PancreasCourse(seed: seed, traits: traits, difficulty: difficulty)
    addTrunk()
    addSkeleton()
    addGreatVessels()
    addBowel()
    addStomach(pylorus: course.pylorus)
    addSolidOrgans()
    addDuodenum(pylorus: course.pylorus, head: course.head)
    addPancreas(course)
    addVisceralVessels(course)
    addMesentery()
    addChest()
  }
}
