import CoarseToFine
import Confidence
import Volumes

/// What a run's own traces and its input say about the mask: features, doubts about the input, predicted DSC.
struct RunAppraisal {
  /// Everything that was measured, for the calibration as well.
  let features: RunFeatures
  /// Doubts about the input.
  let findings: [InputFinding]
  /// The parts of the orientation that the image gives no evidence for.
  let unjudged: [Feature]
  /// The prediction; nil when the bundle carries no calibration.
  let confidence: Confidence?

  /// Measures a finished run on its working grid. `end` counts, not that of the outcome: an organ that lies in the
  /// padding alone is not in the host's volume. Cost: a few passes over the working grid.
  init(_ outcome: FixedPointResult, end: FixedPointResult.End, grid: WorkingGrid, model: ConfidenceModel?) {
    var features = grid.sliceFeatures
    let box = grid.unpadded ?? VoxelBox(wholeOf: grid.volume.size)
    features.merge(RunFeatures(bodyIn: grid.volume, within: box))
    if end != .empty {
      features.merge(
        RunFeatures(
          MaskEvidence(
            volume: grid.volume, mask: outcome.mask, probability: outcome.plainProbability,
            viewBits: outcome.viewMasks?.bits, box: box)))
      features.merge(RunFeatures(iteration: outcome))
    }
    let checks = model?.inputChecks ?? InputChecks()
    self.features = features
    findings = checks.findings(in: features)
    unjudged = checks.unjudged(in: features)
    confidence = model?.confidence(of: features, findings: findings)
  }

  /// The flags that follow.
  var flags: ResultFlags {
    var flags: ResultFlags = confidence == nil ? .noConfidence : []
    if confidence?.grade == .low { flags.insert(.lowConfidence) }
    for finding in findings { flags.insert(ResultFlags(finding.kind)) }
    return flags
  }
}

extension ResultFlags {
  /// The flag of a kind of doubt about the input.
  init(_ kind: InputFinding.Kind) {
    self =
      switch kind {
      case .orientation: .orientationDoubtful
      case .bodyPart: .wrongBodyPart
      case .fieldOfView: .fieldOfView
      case .slices: .slicesDoubtful
      case .quality: .imageQuality
      }
  }
}

extension RunFeatures {
  /// What the fixed-point iteration says: agreement of the views, d(t), rounds.
  init(iteration outcome: FixedPointResult) {
    self.init()
    self[.viewAgreementMean] = outcome.finalAgreement?.mean
    self[.viewAgreementMinimum] = outcome.finalAgreement?.minimum
    self[.coarseViewAgreementMean] = outcome.coarseAgreement?.mean
    self[.coarseViewAgreementMinimum] = outcome.coarseAgreement?.minimum
    self[.coarseFineDice] = outcome.coarseDice
    self[.firstRoundDice] = outcome.rounds.first?.diceToPrevious
    self[.lastRoundDice] = outcome.rounds.last?.diceToPrevious
    self[.rounds] = Double(outcome.rounds.count)
    self[.boxesReused] = outcome.rounds.last.flatMap { round in
      let boxes = round.slicesComputed + round.slicesReused
      return boxes == 0 ? nil : Double(round.slicesReused) / Double(boxes)
    }
  }
}
