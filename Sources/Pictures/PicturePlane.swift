import Volumes

/// How one view of a volume is laid out as a picture, in the radiological convention.
///
/// Axial: the patient's right on the picture's left, anterior up. Coronal: right on the left, superior up. Sagittal:
/// anterior on the left, superior up. Found from the volume's directions, so that any order and flip of its axes,
/// and any oblique volume, comes out the right way round (oblique ones along the closest patient axes).
struct PicturePlane: Hashable {
  /// An array axis and the way along it.
  struct Run: Hashable {
    /// The array axis.
    let axis: Axis
    /// True when the picture runs against the array index.
    let isReversed: Bool
  }

  /// The array axis whose index counts the slices.
  let sliceAxis: Axis
  /// From the picture's left to its right.
  let rightward: Run
  /// From the picture's top to its bottom.
  let downward: Run
  /// Patient directions at the picture's edges: one letter each.
  let edges: Edges

  /// The letters at the edges of a picture.
  struct Edges: Hashable {
    let left: Character
    let right: Character
    let top: Character
    let bottom: Character
  }

  init(view: View, geometry: VolumeGeometry) {
    let axes = Self.closestArrayAxes(geometry.direction)
    /// The run along patient axis `patient` (0 left, 1 posterior, 2 superior), with or against its positive end.
    func run(_ patient: Int, towardPositive: Bool) -> Run {
      let axis = axes[patient]
      let alongPositive = geometry.direction[axis.rawValue][patient] >= 0
      return Run(axis: axis, isReversed: alongPositive != towardPositive)
    }
    switch view {
    case .axial:
      sliceAxis = axes[2]
      rightward = run(0, towardPositive: true)
      downward = run(1, towardPositive: true)
      edges = Edges(left: "R", right: "L", top: "A", bottom: "P")
    case .coronal:
      sliceAxis = axes[1]
      rightward = run(0, towardPositive: true)
      downward = run(2, towardPositive: false)
      edges = Edges(left: "R", right: "L", top: "S", bottom: "I")
    case .sagittal:
      sliceAxis = axes[0]
      rightward = run(1, towardPositive: true)
      downward = run(2, towardPositive: false)
      edges = Edges(left: "A", right: "P", top: "S", bottom: "I")
    }
  }

  /// For each patient axis (left, posterior, superior) the array axis that runs closest to it; each is used once.
  ///
  /// Of the six assignments the one with the largest sum of |cosine| wins, the first of equals.
  private static func closestArrayAxes(_ direction: [SIMD3<Double>]) -> [Axis] {
    let assignments: [[Axis]] = [
      [.x, .y, .z], [.x, .z, .y], [.y, .x, .z], [.y, .z, .x], [.z, .x, .y], [.z, .y, .x],
    ]
    func alignment(_ axes: [Axis]) -> Double {
      (0..<3).reduce(0) { $0 + abs(direction[axes[$1].rawValue][$1]) }
    }
    return assignments.dropFirst().reduce(assignments[0]) { best, next in
      alignment(next) > alignment(best) + 1e-9 ? next : best
    }
  }
}
