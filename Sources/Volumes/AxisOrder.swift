import Glibc

/// One of the 48 ways to permute and reverse the axes of a voxel array; exact, and exactly undone by its inverse.
public struct AxisOrder: Hashable, Sendable {
  /// Where one axis of the result comes from.
  public struct Step: Hashable, Sendable {
    /// The axis of the source array.
    public let source: Axis
    /// True when the result counts from the source's far end.
    public let isReversed: Bool

    /// An axis of the source, read forwards or backwards.
    public init(source: Axis, isReversed: Bool) { (self.source, self.isReversed) = (source, isReversed) }
  }

  /// The source of the result's x axis.
  public let x: Step
  /// The source of the result's y axis.
  public let y: Step
  /// The source of the result's z axis.
  public let z: Step

  /// Returns nil unless every source axis is used once.
  public init?(x: Step, y: Step, z: Step) {
    guard x.source != y.source, y.source != z.source, z.source != x.source else { return nil }
    (self.x, self.y, self.z) = (x, y, z)
  }

  /// The steps of x, y and z, known to be a permutation.
  private init(_ step: (Axis) -> Step) { (x, y, z) = (step(.x), step(.y), step(.z)) }

  /// Leaves every axis where it is.
  public static let identity = AxisOrder { Step(source: $0, isReversed: false) }

  /// All 48, the identity first.
  public static let all: [AxisOrder] = permutations.flatMap { permutation in
    (0..<8).map { flips in
      AxisOrder { Step(source: permutation[$0.rawValue], isReversed: flips >> $0.rawValue & 1 == 1) }
    }
  }

  /// The source of one axis of the result.
  public subscript(axis: Axis) -> Step {
    switch axis {
    case .x: x
    case .y: y
    case .z: z
    }
  }

  /// The order which undoes this one.
  public var inverse: AxisOrder {
    AxisOrder { source in
      let axis = Axis.allCases.first { self[$0].source == source } ?? source
      return Step(source: axis, isReversed: self[axis].isReversed)
    }
  }

  /// The order which brings the array axes of `geometry` closest to the wanted patient directions.
  ///
  /// Closest = the largest sum of |cos| between array axes and wanted directions over the six permutations, so that
  /// oblique volumes, even at 45 degrees, always get a permutation; a tie goes to the one that moves fewer axes.
  public init(bringing geometry: VolumeGeometry, to wanted: PatientAxes) {
    self = Self.closest(geometry, wanted).order
  }

  /// The six permutations; the one that moves no axis stands first, those that move all stand last.
  private static let permutations: [[Axis]] = [
    [.x, .y, .z], [.y, .x, .z], [.x, .z, .y], [.z, .y, .x], [.y, .z, .x], [.z, .x, .y],
  ]

  /// The closest order, and the largest angle in degrees that is left between an axis and its wanted direction.
  fileprivate static func closest(
    _ geometry: VolumeGeometry, _ wanted: PatientAxes
  ) -> (order: AxisOrder, degrees: Double) {
    func cosine(_ source: Axis, _ axis: Axis) -> Double {
      geometry.direction[source.rawValue][wanted[axis].component] * wanted[axis].sign
    }
    var best = permutations[0]
    var bestSum = -1.0
    for permutation in permutations {
      let sum = Axis.allCases.reduce(0) { $0 + abs(cosine(permutation[$1.rawValue], $1)) }
      // Rounding must not decide a tie.
      if sum > bestSum + 1e-9 { (best, bestSum) = (permutation, sum) }
    }
    let order = AxisOrder { Step(source: best[$0.rawValue], isReversed: cosine(best[$0.rawValue], $0) < 0) }
    let degrees = Axis.allCases.map { axis in
      // atan2 of the parts across and along keeps its digits near 0, where acos loses half of them.
      var across = geometry.direction[best[axis.rawValue].rawValue]
      let along = across[wanted[axis].component]
      across[wanted[axis].component] = 0
      return atan2((across * across).sum().squareRoot(), abs(along)) * 180 / .pi
    }
    return (order, degrees.max() ?? 0)
  }
}

extension VolumeGeometry {
  /// The largest angle, in degrees, between an array axis and the patient axis it lies closest to; 0 = not oblique.
  public var obliqueness: Double { AxisOrder.closest(self, .leftPosteriorSuperior).degrees }
}
