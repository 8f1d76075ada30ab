public import Volumes

/// How well a mask fits a truth.
public struct MaskQuality: Codable, Hashable, Sendable {
  /// DSC, 0 ... 1; 0 for an empty mask where the truth is not.
  public var dice: Double
  /// 95th percentile of the surface distances, mm; nil when one of the masks is empty.
  public var hd95: Double?
  /// Surface DSC at the evaluation's tolerance, 0 ... 1; 0 when one of the masks is empty, nil when both are.
  public var surfaceDice: Double?

  enum CodingKeys: String, CodingKey {
    case dice = "dsc"
    case hd95 = "hd95_mm"
    case surfaceDice = "surface_dsc"
  }

  /// Takes the three as they are.
  public init(dice: Double, hd95: Double?, surfaceDice: Double?) {
    (self.dice, self.hd95, self.surfaceDice) = (dice, hd95, surfaceDice)
  }

  /// Compares two masks of one grid; nil when their sizes differ. Cost: that of `SurfaceDistances`.
  public init?(of mask: LabelMap, against truth: LabelMap, spacing: SIMD3<Double>, tolerance: Double) {
    guard let dice = diceCoefficient(mask, truth) else { return nil }
    self.dice = dice
    let distances = SurfaceDistances(mask, truth, spacing: spacing)
    hd95 = distances?.percentile95
    surfaceDice = distances?.surfaceDice(tolerance: tolerance) ?? (mask.isEmpty && truth.isEmpty ? nil : 0)
  }
}
