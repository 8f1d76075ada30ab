/// A direction in the patient, as seen by the patient.
public enum PatientDirection: String, CaseIterable, Hashable, Sendable, Codable {
  /// To the patient's left: LPS x+.
  case left
  /// To the patient's right: LPS x-.
  case right
  /// To the front: LPS y-.
  case anterior
  /// To the back: LPS y+.
  case posterior
  /// To the head: LPS z+.
  case superior
  /// To the feet: LPS z-.
  case inferior

  /// The component of an LPS vector that this direction runs along: 0, 1 or 2.
  var component: Int {
    switch self {
    case .left, .right: 0
    case .anterior, .posterior: 1
    case .superior, .inferior: 2
    }
  }

  /// +1 when the direction follows the LPS axis, -1 when it runs against it.
  var sign: Double {
    switch self {
    case .left, .posterior, .superior: 1
    case .right, .anterior, .inferior: -1
    }
  }

  /// The LPS unit vector.
  public var vector: SIMD3<Double> {
    var vector = SIMD3<Double>()
    vector[component] = sign
    return vector
  }
}

/// The patient directions which the three axes of a voxel array are meant to run along: three that differ.
public struct PatientAxes: Hashable, Sendable {
  /// Where increasing x leads.
  public let x: PatientDirection
  /// Where increasing y leads.
  public let y: PatientDirection
  /// Where increasing z leads.
  public let z: PatientDirection

  /// Returns nil when two directions lie on one line, such as left and right.
  public init?(x: PatientDirection, y: PatientDirection, z: PatientDirection) {
    guard x.component != y.component, y.component != z.component, z.component != x.component else { return nil }
    (self.x, self.y, self.z) = (x, y, z)
  }

  private init(_ x: PatientDirection, _ y: PatientDirection, _ z: PatientDirection) {
    (self.x, self.y, self.z) = (x, y, z)
  }

  /// The axes of DICOM and ITK: x+ left, y+ posterior, z+ superior.
  public static let leftPosteriorSuperior = PatientAxes(.left, .posterior, .superior)

  /// The direction of one axis.
  public subscript(axis: Axis) -> PatientDirection {
    switch axis {
    case .x: x
    case .y: y
    case .z: z
    }
  }
}
