import ModelBundle
package import Networks

/// The precision that a run's networks compute in, and why it is that one.
package struct ArithmeticChoice {
  /// Arithmetic of the networks.
  package let precision: Precision
  /// One sentence for the trace when the plugin chose; nil when the request named the precision.
  let reason: String?

  /// Takes what the request names, or chooses: the fastest precision that the processor has and the bundle's record of
  /// fidelity allows. The fast quality takes bfloat16 without a record too: its user has accepted small differences.
  init(manifest: Manifest, request: SegmentationRequest, isOffered: (Precision) -> Bool) throws(SegmentationError) {
    if let named = request.precision.map(Precision.init) {
      try Self.check(named, manifest: manifest, isOffered: isOffered)
      (precision, reason) = (named, nil)
      return
    }
    var obstacles: [String] = []
    for candidate in [Precision.int8, .bfloat16] {
      guard let obstacle = Self.obstacle(to: candidate, manifest: manifest, request: request, isOffered: isOffered)
      else {
        precision = candidate
        reason = (["chosen: \(candidate.rawValue)"] + obstacles).joined(separator: "; ")
        return
      }
      obstacles.append("\(candidate.rawValue): \(obstacle)")
    }
    precision = .float32
    reason = (["chosen: float32"] + obstacles).joined(separator: "; ")
  }

  /// Why the plugin does not choose a precision by itself; nil when it does.
  private static func obstacle(
    to precision: Precision, manifest: Manifest, request: SegmentationRequest, isOffered: (Precision) -> Bool
  ) -> String? {
    guard isOffered(precision) else { return "this processor has no instructions for it" }
    if precision == .int8, !manifest.isCalibratedForInt8 { return "the bundle has no activation ranges" }
    if precision == .bfloat16, request.quality == .fast { return nil }
    let quality: Manifest.Fidelity.Mode.Quality = request.quality == .fast ? .fast : .exact
    guard let fidelity = manifest.fidelity else { return "the bundle has no record of its fidelity" }
    guard fidelity.allows(quality, precision == .int8 ? .int8 : .bfloat16) else {
      return "the bundle's record does not show a DSC of \(Manifest.Fidelity.smallestDice) against float32"
    }
    return nil
  }

  private static func check(
    _ precision: Precision, manifest: Manifest, isOffered: (Precision) -> Bool
  ) throws(SegmentationError) {
    guard isOffered(precision) else {
      throw SegmentationError(
        code: .request,
        description: "request: precision \(precision.rawValue), but this processor has no instructions for it; "
          + "ask for auto or float32")
    }
    guard precision != .int8 || manifest.isCalibratedForInt8 else {
      throw SegmentationError(
        code: .request,
        description:
          "request: precision int8, but \(manifest.name) has no activation ranges; ask for another precision, "
          + "or make them with islet bundle calibrate")
    }
  }
}

extension Manifest {
  /// Whether every network has activation ranges.
  fileprivate var isCalibratedForInt8: Bool { networks.allSatisfy { $0.activationMaxima != nil } }
}

extension Precision {
  /// The request's word.
  fileprivate init(_ named: SegmentationRequest.Precision) {
    self =
      switch named {
      case .float32: .float32
      case .bfloat16: .bfloat16
      case .int8: .int8
      }
  }
}
