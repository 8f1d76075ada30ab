/// What Zhou et al. 2017 report for the pancreas in the 82 cases of the NIH data, 4 folds: other data than ours.
///
/// DSC in per cent, from their Table 1 and text; nil where the paper gives no figure.
public struct PaperReference: Hashable, Sendable {
  /// Mean DSC.
  public let mean: Double
  /// Its standard deviation.
  public let sd: Double?
  /// Mean number of rounds.
  public let rounds: Double?
  /// Its standard deviation.
  public let roundsSD: Double?
  /// The best case.
  public let maximum: Double?
  /// The worst case.
  public let minimum: Double?

  /// The paper's figures for a row; nil where it has none.
  public static func nih(_ row: TableRow) -> PaperReference? {
    switch row {
    case .coarseCoronal: Self(66.88)
    case .coarseSagittal: Self(71.41)
    case .coarseAxial: Self(73.08)
    case .coarse: Self(75.74, sd: 10.47, maximum: 88.12, minimum: 39.99)
    case .round1: Self(82.16)
    case .round2: Self(82.13)
    case .round3: Self(82.09)
    case .round5: Self(82.11)
    case .round10: Self(82.25)
    case .above90: Self(82.13, sd: 6.35, rounds: 1.83, roundsSD: 0.47, minimum: 54.39)
    case .above95: Self(82.37, sd: 5.68, rounds: 2.89, roundsSD: 1.75, maximum: 90.85, minimum: 62.43)
    case .above99: Self(82.28, sd: 5.72, rounds: 9.87, minimum: 61.94)
    case .bestOfAll: Self(82.65, sd: 5.47, rounds: 3.49, roundsSD: 2.92)
    case .oracle: Self(83.18, sd: 4.81, minimum: 65.10)
    case .asShipped: nil
    }
  }

  private init(
    _ mean: Double, sd: Double? = nil, rounds: Double? = nil, roundsSD: Double? = nil, maximum: Double? = nil,
    minimum: Double? = nil
  ) {
    (self.mean, self.sd, self.rounds, self.roundsSD) = (mean, sd, rounds, roundsSD)
    (self.maximum, self.minimum) = (maximum, minimum)
  }
}
