import Glibc

extension Feature {
  /// What is wrong when the feature is worse than usual, and the words before and after its value.
  private var words: (finding: String, quantity: String, unit: String, digits: Int) {
    switch self {
    case .viewAgreementMean: ("The three views disagree", "mean DSC", "", 2)
    case .viewAgreementMinimum: ("Two of the views disagree", "DSC", "", 2)
    case .unanimity: ("Few voxels were found by all three views", "share", "", 2)
    case .coarseViewAgreementMean: ("The views disagreed in the coarse pass already", "mean DSC", "", 2)
    case .coarseViewAgreementMinimum: ("Two of the views disagreed in the coarse pass already", "DSC", "", 2)
    case .coarseFineDice: ("The fine rounds moved far away from the coarse mask", "DSC", "", 2)
    case .softDice: ("The probabilities are blurred around the mask", "soft DSC", "", 2)
    case .entropy: ("Many voxels are undecided", "entropy", " a voxel of the mask", 2)
    case .meanProbability: ("The networks are unsure inside the mask", "mean probability", "", 2)
    case .firstRoundDice: ("The first fine round changed the mask strongly", "d(1)", "", 2)
    case .lastRoundDice: ("The mask still changed in the last round", "d(t)", "", 2)
    case .rounds: ("The iteration took many rounds", "rounds", "", 0)
    case .boxesReused: ("The boxes still moved in the last round", "share unchanged", "", 2)
    case .volume: ("The volume is unusual for this organ", "volume", " mL", 0)
    case .borderContact: ("The mask touches the border of the image", "share of its voxels", "", 3)
    case .largestComponent: ("The mask is in pieces", "share of the largest", "", 2)
    case .surfaceShare: ("The mask is ragged or thin", "share of surface voxels", "", 2)
    case .hounsfieldMean: ("The voxels inside the mask are unusually dark or bright", "mean", " HU", 0)
    case .hounsfieldSpread: ("The voxels inside the mask are unusually mixed", "standard deviation", " HU", 0)
    case .extentAcross: ("The image is unusually narrow or wide", "extent", " mm", 0)
    case .extentDeep: ("The image is unusually shallow or deep", "extent", " mm", 0)
    case .extentAlong: ("The image shows an unusually short or long part of the body", "extent", " mm", 0)
    case .bodyWidth: ("The body is unusually narrow or wide", "width", " mm", 0)
    case .bodyDepth: ("The body is unusually shallow or deep", "depth", " mm", 0)
    case .boneShare: ("The amount of bone does not fit this part of the body", "share", "", 3)
    case .lungShare: ("The amount of lung does not fit this part of the body", "share", "", 3)
    case .solidShare: ("The amount of organ tissue does not fit this part of the body", "share", "", 3)
    case .bonePosterior: ("The spine does not lie at the back: front and back may be swapped", "place", "", 2)
    case .lungSuperior: ("The lungs do not lie above: head and feet may be swapped", "balance", "", 2)
    case .solidRight: ("The liver does not lie on the right: left and right may be swapped", "balance", "", 2)
    case .noise: ("The image is unusually noisy or smooth", "noise", " HU", 0)
    case .fat: ("The tissue is unusually dark or bright: the HU scale may be off", "fat", " HU", 0)
    case .metal: ("The image holds metal", "volume", " mL", 1)
    case .constantSlices: ("Slices of one single value lie between others", "slices", "", 0)
    case .repeatedSlices: ("Slices repeat the slice before", "slices", "", 0)
    case .sliceJump: ("Neighbouring slices do not fit each other: some may be missing", "jump", " times the usual", 1)
    case .volumePlausibility: ("The volume is unusual for this organ", "largest possible DSC", "", 2)
    case .hounsfieldOutside:
      ("The voxels inside the mask are unusually dark or bright", "widths outside the usual range", "", 2)
    case .inputFindings: ("The image itself raises doubts", "kinds of doubt", "", 0)
    }
  }

  /// What the feature says when it is worse than usual and still no finding: nothing to raise an alarm about.
  private var mildWords: String? {
    switch self {
    case .bonePosterior: "Bone lies less far back than usual"
    case .lungSuperior: "Lung lies less far up than usual"
    case .solidRight: "Organ tissue lies less to the right than usual"
    case .sliceJump: "Neighbouring slices differ more than usual"
    default: nil
    }
  }

  /// As `sentence(finding:usual:)`, of a measurement that lowers the estimate without being a finding.
  func sentence(unusual value: Double, usual: ReferenceRange) -> String {
    sentence(mildWords ?? words.finding, value, usual)
  }

  /// "The three views disagree: mean DSC 0.41 (usually above 0.80)."
  func sentence(finding value: Double, usual: ReferenceRange) -> String { sentence(words.finding, value, usual) }

  private func sentence(_ finding: String, _ value: Double, _ usual: ReferenceRange) -> String {
    let (_, quantity, unit, digits) = words
    func number(_ value: Double) -> String { value.decimal(digits: digits) }
    let expected =
      switch (usual.low, usual.high) {
      case (let low?, let high?): "usually \(number(low)) to \(number(high))"
      case (let low?, nil): "usually above \(number(low))"
      case (nil, let high?): high == 0 ? "usually none" : "usually below \(number(high))"
      case (nil, nil): "unusual"
      }
    return "\(finding): \(quantity) \(number(value))\(unit) (\(expected))."
  }
}

extension Double {
  /// The number with a fixed count of digits behind the point; the plugin has no Foundation to format with.
  func decimal(digits: Int) -> String {
    let scale = Double([1, 10, 100, 1000][Swift.min(Swift.max(digits, 0), 3)])
    let scaled = (abs(self) * scale).rounded(.toNearestOrAwayFromZero)
    guard scaled.isFinite, scaled < 1e15 else { return "\(self)" }
    let (whole, part) = Int(scaled).quotientAndRemainder(dividingBy: Int(scale))
    let sign = self < 0 && scaled > 0 ? "-" : ""
    guard scale > 1 else { return "\(sign)\(whole)" }
    let fraction = String(part)
    return "\(sign)\(whole)." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
