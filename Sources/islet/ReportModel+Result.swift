import Foundation
import HostClient
import ImageFiles
import ModelBundle
import Pictures
import ResultFiles
import Volumes

extension ReportModel {
  /// The report of a result: the same figures as result.json, with words for people.
  init(
    _ document: ResultDocument, outcome: SegmentationSession.Outcome, image: LoadedImage, name: String,
    overlays: [Picture], levels: [Picture], statistics: MaskStatistics?
  ) {
    let voxelMillilitres = document.workingGrid.voxelMillilitres
    let coarse = Round(
      number: 0, diceToPrevious: nil, voxels: document.coarse.voxels,
      millilitres: Double(document.coarse.voxels) * voxelMillilitres, slicesComputed: document.coarse.slicesComputed,
      slicesReused: 0, seconds: document.seconds.coarse)
    let fine = document.rounds.map {
      Round(
        number: $0.round, diceToPrevious: $0.diceToPrevious, voxels: $0.voxels,
        millilitres: Double($0.voxels) * voxelMillilitres, slicesComputed: $0.slicesComputed,
        slicesReused: $0.slicesReused, seconds: $0.seconds)
    }
    let range = image.volume.hounsfieldRange
    self.init(
      organ: document.label.name.capitalized, outcome: Outcome(rawValue: document.end) ?? .roundsUsedUp,
      overlays: overlays, levels: levels, rounds: [coarse] + fine, threshold: document.profile.threshold,
      largestRoundCount: document.profile.maximumRounds, agreement: Self.agreement(document.viewAgreement),
      voxels: document.voxels, volumeMillilitres: document.volumeMillilitres,
      hounsfield: statistics.flatMap { found in
        found.meanHU.map { Hounsfield(mean: $0, sd: found.sdHU ?? .nan) }
      },
      confidence: document.confidence.map(Confidence.init), flags: Self.flags(document),
      input: Input(
        name: name, geometry: image.volume.geometry, hounsfieldRange: Int(range.lowerBound)...Int(range.upperBound)),
      bundle: BundleCard(outcome.manifest, signedBy: document.bundle.signedBy, sha256: document.bundle.sha256),
      settings: Self.settings(document), precision: document.precision, threads: document.threads,
      timings: Self.timings(document.seconds),
      peakBytes: document.peakBytes,
      versions: [
        Version(part: "islet", version: document.versions.islet),
        Version(part: "plugin", version: document.versions.plugin),
        Version(part: "islet.h", version: document.versions.interface),
      ])
  }

  /// The flags in words; what the input checks found speaks for itself.
  private static func flags(_ document: ResultDocument) -> [Flag] {
    document.flags.map { name in
      var flag = Flag(named: name)
      let sentences = document.inputChecks?.findings.filter { $0.flag == name }.map(\.sentence) ?? []
      if !sentences.isEmpty { flag.finding = sentences.joined(separator: " ") }
      return flag
    }
  }

  private static func settings(_ document: ResultDocument) -> [Setting] {
    let profile = document.profile
    let start =
      document.initialRegion.map { region in
        let bounds = zip(region.first, region.last).map { "\($0):\($1)" }.joined(separator: ", ")
        return region.kind == "box"
          ? "from the box of voxels \(bounds)"
          : "from a mask of \(region.voxels) voxels within \(bounds)"
      } ?? "from the coarse pass"
    var settings = [
      Setting(name: "start", value: start), Setting(name: "margin", value: "\(profile.margin) pixels"),
    ]
    if let coarse = profile.coarseFusion, let fine = profile.fineFusion {
      settings.append(Setting(name: "fusion, coarse and fine", value: "\(coarse), \(fine)"))
    }
    let filter = profile.componentRatio.map { "components below \($0) of the largest" } ?? "off"
    settings.append(Setting(name: "component filter", value: filter))
    return settings
  }

  private static func agreement(_ agreement: RunTrace.Agreement?) -> [ViewAgreement] {
    guard let agreement else { return [] }
    return [
      ViewAgreement(first: .coronal, second: .sagittal, dice: agreement.coronalSagittal),
      ViewAgreement(first: .coronal, second: .axial, dice: agreement.coronalAxial),
      ViewAgreement(first: .sagittal, second: .axial, dice: agreement.sagittalAxial),
    ]
  }

  private static func timings(_ seconds: ResultDocument.Seconds) -> [Timing] {
    [
      Timing(stage: "read", seconds: seconds.read), Timing(stage: "load", seconds: seconds.load),
      Timing(stage: "prepare", seconds: seconds.prepare), Timing(stage: "coarse", seconds: seconds.coarse),
      Timing(stage: "fine", seconds: seconds.fine), Timing(stage: "finish", seconds: seconds.finish),
      Timing(stage: "write", seconds: seconds.write),
    ]
  }
}

extension ReportModel.Confidence {
  /// The prediction of a trace.
  init(_ confidence: RunTrace.Confidence) {
    self.init(
      estimatedDice: confidence.estimate ?? .nan, lower90: confidence.lower90 ?? .nan, grade: confidence.grade,
      reasons: confidence.reasons.map(\.sentence))
  }
}

extension ReportModel.BundleCard {
  /// The card of a manifest.
  init(_ manifest: Manifest, signedBy: String?, sha256: String) {
    self.init(
      name: manifest.name, version: manifest.version, licence: manifest.licence, intendedUse: manifest.intendedUse,
      dataSource: manifest.dataSource, measuredQuality: manifest.quality.map(Self.sentence), signedBy: signedBy,
      sha256: sha256)
  }

  private static func sentence(_ quality: Manifest.Quality) -> String {
    let spread = quality.sd.map { String(format: " ± %.3f", $0) } ?? ""
    let cases = quality.n == 1 ? "1 case" : "\(quality.n) cases"
    let note = quality.note.map { " (\($0))" } ?? ""
    return "\(quality.cohort): \(quality.measure) " + String(format: "%.3f", quality.mean)
      + "\(spread), \(cases), truth: \(quality.kind.rawValue)\(note)"
  }
}

extension ReportModel.Flag {
  /// What a flag's name means and what to do about it.
  init(named name: String) {
    let (finding, advice) = Self.words[name] ?? ("The plugin set the flag \(name).", "See the plugin's documentation.")
    self.init(name: name, finding: finding, advice: advice)
  }

  private static let words: [String: (finding: String, advice: String)] = [
    "touches-border": (
      "The mask touches the border of the volume.",
      "The organ may be cut off: take the volume as a lower bound, or use a CT that shows all of it."
    ),
    "hu-out-of-range": (
      "Voxel values lie outside the range that the bundle names.",
      "Check rescale slope and intercept, and whether metal or padding explains it."
    ),
    "spacing-out-of-range": (
      "The voxel spacing lies outside the range that the bundle names.",
      "Look at the overlays closely, or resample the CT."
    ),
    "oblique": (
      "The scan is tilted by more than 10 degrees against the patient's axes.",
      "The networks saw no such tilt: resample the CT along the patient's axes."
    ),
    "not-converged": (
      "The mask still changed when the rounds were used up.",
      "Look at the convergence plot; allow more rounds or distrust the border."
    ),
    "collapsed": (
      "A fine round lost the organ; the mask is that of the round before.", "Check the overlays before any use."
    ),
    "empty": ("No organ was found.", "Check that the CT shows it and fits the bundle."),
    "unsigned-bundle": (
      "The weight bundle carries no signature.", "Use it only if you know where the file came from."
    ),
    "foreign-bundle": (
      "The weight bundle is signed with a key that is not trusted.", "Use it only if you know who made it."
    ),
    "changed-bundle": (
      "The weight bundle's signature does not fit it: one of them was changed.",
      "Do not use the result; fetch it again."
    ),
    "rolled-back-bundle": (
      "The weight bundle is older than the oldest version that is accepted.", "Use a newer bundle."
    ),
    "no-confidence": (
      "The bundle carries no calibration, so there is no predicted quality.", "Judge the overlays by eye."
    ),
    "no-body": (
      "No outline of a body was found, so the whole volume was searched.",
      "Check that the voxels are Hounsfield units of a body CT."
    ),
    "orientation-doubtful": (
      "The anatomy does not lie as the volume's orientation says.",
      "Compare the overlays with the letters at their edges; the volume may be mirrored or turned."
    ),
    "wrong-body-part": (
      "The volume does not look like the part of the body that the bundle was made for.",
      "Check which part of the body the CT shows before any use."
    ),
    "field-of-view": (
      "The volume shows less or more of the body than the bundle was calibrated for.",
      "The organ may be cut off; a volume that shows all of it is safer."
    ),
    "low-confidence": (
      "The predicted Dice coefficient is low.", "Correct the mask before any use, or do not use it."
    ),
    "slices-doubtful": (
      "Slices are constant, repeated, or seem to be missing.",
      "Check that all slices of the series were there, each once and in order."
    ),
    "image-quality": (
      "The volume is unusually noisy, smooth, dark or bright, or holds much metal.",
      "Check the HU scale, and look at the overlays closely where noise or streaks reach the organ."
    ),
  ]
}
