/// Where a voxel array lies in the patient: LPS coordinates in millimetres, as DICOM and ITK use them.
///
/// x+ points to the patient's left, y+ to posterior, z+ to superior. NIfTI (RAS) converts at the file's edge.
public struct VolumeGeometry: Hashable, Sendable {
  /// Voxels along each array axis.
  public let size: VolumeSize
  /// Distance between voxel centres along each array axis, mm.
  public let spacing: SIMD3<Double>
  /// Centre of voxel (0, 0, 0), LPS mm.
  public let origin: SIMD3<Double>
  /// Unit vector in LPS of each array axis: `direction[0]` belongs to x, `[1]` to y, `[2]` to z.
  public let direction: [SIMD3<Double>]

  /// Why a geometry was refused, as a sentence for the user.
  public struct Invalid: Error, Sendable, CustomStringConvertible {
    /// What was expected and what was found.
    public let description: String
  }

  /// How far from orthonormal the direction vectors may be: rounded header values stay far below.
  public static let directionTolerance = 1e-3

  /// Checks that everything is finite, spacing lies in 0.001 ... 1000 mm and the directions are orthonormal.
  public init(
    size: VolumeSize, spacing: SIMD3<Double>, origin: SIMD3<Double>, direction: [SIMD3<Double>]
  ) throws(Invalid) {
    for axis in Axis.allCases where !(spacing[axis.rawValue] >= 1e-3 && spacing[axis.rawValue] <= 1e3) {
      throw Invalid(
        description: "spacing along \(axis) is \(spacing[axis.rawValue]) mm, expected 0.001 to 1000")
    }
    guard (0..<3).allSatisfy({ origin[$0].isFinite && abs(origin[$0]) <= 1e6 }) else {
      throw Invalid(description: "origin \(Self.list(origin)) is not a finite position within 1 km")
    }
    guard direction.count == 3 else {
      throw Invalid(description: "\(direction.count) direction vectors, expected 3")
    }
    for a in 0..<3 {
      for b in a..<3 {
        let product = (direction[a] * direction[b]).sum()
        guard abs(product - (a == b ? 1 : 0)) <= Self.directionTolerance else {
          throw Invalid(
            description: "direction vectors \(direction.map(Self.list).joined(separator: ", ")) are not orthonormal; "
              + "sheared or tilted volumes must be resampled first")
        }
      }
    }
    self.size = size
    self.spacing = spacing
    self.origin = origin
    self.direction = direction
  }

  /// "(1.0, 0.0, 0.0)", for sentences.
  private static func list(_ vector: SIMD3<Double>) -> String { "(\(vector.x), \(vector.y), \(vector.z))" }

  /// A grid made from a checked one by permuting, reversing, cropping, padding or resampling its axes.
  ///
  /// Nothing is checked again: such steps keep the directions orthonormal, the spacing is checked where it changes.
  init(
    derivedSize size: VolumeSize, spacing: SIMD3<Double>, origin: SIMD3<Double>, direction: [SIMD3<Double>]
  ) {
    (self.size, self.spacing, self.origin, self.direction) = (size, spacing, origin, direction)
  }

  /// The identity directions: x+ left, y+ posterior, z+ superior.
  public static let identityDirection = [SIMD3<Double>(1, 0, 0), SIMD3(0, 1, 0), SIMD3(0, 0, 1)]

  /// LPS position in mm of a (fractional) voxel index.
  public func position(ofIndex index: SIMD3<Double>) -> SIMD3<Double> {
    let step = index * spacing
    return origin + direction[0] * step.x + direction[1] * step.y + direction[2] * step.z
  }

  /// Fractional voxel index of an LPS position in mm.
  public func index(ofPosition position: SIMD3<Double>) -> SIMD3<Double> {
    let offset = position - origin
    return SIMD3(
      (offset * direction[0]).sum(), (offset * direction[1]).sum(), (offset * direction[2]).sum()) / spacing
  }

  /// Volume of one voxel, mL.
  public var voxelMillilitres: Double { spacing.x * spacing.y * spacing.z / 1000 }
}
