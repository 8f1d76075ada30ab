import Volumes

/// A box in the patient, sampled by a voxel array of any axis order and any flips.
///
/// Extent 54 x 66 x 78 mm (left, posterior, superior), centred on `centre`; positions outside the volume's terms.
struct PatientBox {
  static let extent = SIMD3<Double>(54, 66, 78)
  static let centre = SIMD3<Double>(12, -40, 200)
  static var lowest: SIMD3<Double> { centre - extent / 2 }

  let geometry: VolumeGeometry

  /// One of the 48 axis orders and flips.
  struct Orientation: CustomStringConvertible, Sendable {
    /// The patient axis (0 left, 1 posterior, 2 superior) of each array axis.
    let patientAxes: [Int]
    /// Whether each array axis runs against its patient axis.
    let flips: [Bool]

    static let all: [Orientation] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]].flatMap { axes in
      (0..<8).map { bits in
        Orientation(patientAxes: axes, flips: (0..<3).map { bits >> $0 & 1 == 1 })
      }
    }

    var description: String {
      zip(patientAxes, flips).map { ["L", "P", "S"][$0] + ($1 ? "-" : "+") }.joined()
    }
  }

  /// `spacing` is along left, posterior, superior.
  init(_ orientation: Orientation, spacing: SIMD3<Double> = SIMD3(3, 3, 3)) throws {
    var direction: [SIMD3<Double>] = []
    var counts: [Int] = []
    var arraySpacing = SIMD3<Double>()
    for (axis, patient) in orientation.patientAxes.enumerated() {
      var unit = SIMD3<Double>()
      unit[patient] = orientation.flips[axis] ? -1 : 1
      direction.append(unit)
      counts.append(Int((Self.extent[patient] / spacing[patient]).rounded()))
      arraySpacing[axis] = spacing[patient]
    }
    guard let size = VolumeSize(x: counts[0], y: counts[1], z: counts[2]) else {
      throw VolumeGeometryFailure()
    }
    var origin = Self.centre
    for axis in 0..<3 { origin -= direction[axis] * arraySpacing[axis] * Double(counts[axis] - 1) / 2 }
    geometry = try VolumeGeometry(size: size, spacing: arraySpacing, origin: origin, direction: direction)
  }

  struct VolumeGeometryFailure: Error {}

  /// One value a voxel, from its LPS position.
  func map<Value>(_ value: (SIMD3<Double>) -> Value) -> [Value] {
    var values: [Value] = []
    for z in 0..<geometry.size.z {
      for y in 0..<geometry.size.y {
        for x in 0..<geometry.size.x {
          values.append(value(geometry.position(ofIndex: SIMD3(Double(x), Double(y), Double(z)))))
        }
      }
    }
    return values
  }
}
