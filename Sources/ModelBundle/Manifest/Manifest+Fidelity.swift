extension Manifest {
  /// How near the faster ways of computing come to the exact one with these weights, measured over a cohort.
  ///
  /// `islet bundle calibrate` measures it. A plugin that may choose takes a precision only when it is recorded here.
  public struct Fidelity: Codable, Hashable, Sendable {
    /// What was computed otherwise.
    public struct Mode: Codable, Hashable, Sendable {
      /// How many slices the coarse pass took.
      public enum Quality: String, Codable, CaseIterable, Hashable, Sendable {
        /// All.
        case exact
        /// One in three.
        case fast
      }

      /// Arithmetic of the networks.
      public enum Precision: String, Codable, CaseIterable, Hashable, Sendable {
        /// As the reference.
        case float32
        /// bfloat16 weights and activations.
        case bfloat16
        /// 8-bit weights and activations.
        case int8
      }

      /// Coarse pass.
      public var quality: Quality
      /// Arithmetic.
      public var precision: Precision
      /// Mean over the cohort of the DSC of this mode's mask and the exact float32 mask.
      public var mean: Double
      /// The worst case.
      public var minimum: Double

      /// Makes a record.
      public init(quality: Quality, precision: Precision, mean: Double, minimum: Double) {
        (self.quality, self.precision, self.mean, self.minimum) = (quality, precision, mean, minimum)
      }
    }

    /// Which images.
    public var cohort: String
    /// How many.
    public var n: Int
    /// At most one record for each quality and precision.
    public var modes: [Mode]

    /// Makes a record of measurements.
    public init(cohort: String, n: Int, modes: [Mode]) { (self.cohort, self.n, self.modes) = (cohort, n, modes) }

    /// The mean DSC from which a plugin that may choose takes a precision.
    public static let smallestDice = 0.995

    /// Whether a mode was measured and is near enough to the exact masks to be chosen without being asked for.
    public func allows(_ quality: Mode.Quality, _ precision: Mode.Precision) -> Bool {
      modes.contains { $0.quality == quality && $0.precision == precision && $0.mean >= Self.smallestDice }
    }

    /// What contradicts itself, or nil.
    var flaw: String? {
      guard n > 0, !cohort.isEmpty else { return "cohort and a positive n are needed" }
      let keys = Set(modes.map { [$0.quality.rawValue, $0.precision.rawValue] })
      guard keys.count == modes.count else { return "a quality and precision is recorded twice" }
      guard modes.allSatisfy({ (0...1).contains($0.mean) && (0...$0.mean).contains($0.minimum) }) else {
        return "mean must be in 0...1 and minimum in 0...mean"
      }
      return nil
    }
  }
}
