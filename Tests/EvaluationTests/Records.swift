import Evaluation
import Testing

/// Records of cases, made up.
enum Records {
  /// A trajectory from DSC and d(t) of its passes; a pass of 0 voxels lost the organ.
  static func trajectory(_ passes: (dice: Double, d: Double?, voxels: Int)...) throws -> Trajectory {
    try trajectory(passes)
  }

  static func trajectory(_ passes: [(dice: Double, d: Double?, voxels: Int)]) throws -> Trajectory {
    try #require(
      Trajectory(
        heard: passes.enumerated().map {
          Trajectory.Pass(round: $0, dice: $1.dice, diceToPrevious: $1.d, voxels: $1.voxels)
        }))
  }

  /// A quality by way of JSON, as the tables read it.
  static func quality(_ dice: Double, hd95: Double? = 4, surfaceDice: Double? = 0.9) -> MaskQuality {
    MaskQuality(dice: dice, hd95: hd95, surfaceDice: surfaceDice)
  }

  /// A case whose coarse DSC is `coarse` and whose DSC after every round is `fine`.
  static func record(
    _ id: String, coarse: Double, fine: Double, source: String? = nil, corruption: String? = nil, fold: Int? = nil,
    truthVoxels: Int = 100, end: String = "converged", hd95: Double? = 4
  ) throws -> CaseEvaluation {
    CaseEvaluation(
      subject: .init(
        id: id, set: fold == nil ? "test" : "fold", fold: fold, source: source, corruption: corruption,
        original: corruption.map { _ in "original" }),
      conditions: .init(
        voxels: "v", labels: "l", bundle: "b", bundleName: "tiny 0.1.0", plugin: "0.1.0", organ: "pancreas",
        truthLabel: 1, bundleLabel: nil, tolerance: 2),
      truthVoxels: truthVoxels, truthMillilitres: 1,
      coarseViews: .init(coronal: coarse - 0.1, sagittal: coarse - 0.2, axial: coarse - 0.3),
      trajectory: try trajectory((coarse, nil, 90), (fine, 0.9, 95), (fine, 0.97, 95)),
      coarse: quality(coarse, hd95: hd95), final: quality(fine, hd95: hd95), oracle: quality(fine + 0.01),
      defaultRun: .init(
        quality: quality(fine), end: end, rounds: 2, flags: [], volumeMillilitres: 1, viewAgreement: 0.9,
        predictedDice: .nan, predictedDiceLower: .nan, seconds: 1))
  }
}
