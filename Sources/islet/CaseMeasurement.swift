import Evaluation
import HostClient
import Volumes

/// What was measured on one case, before it is put into words: three runs through islet.h.
///
/// 1. A run of ten rounds that no threshold stops, watched pass by pass: it says what any R and T would give.
/// 2. One round from the truth as initial mask: the paper's oracle box.
/// 3. A run with the bundle's own settings: what a user gets.
struct CaseMeasurement {
  let coarseViews: CaseEvaluation.Views
  let trajectory: Trajectory
  let coarse: MaskQuality
  let final: MaskQuality
  let oracle: MaskQuality?
  let defaultRun: CaseEvaluation.DefaultRun
  /// The default run's trace, JSON as the plugin gave it.
  let trace: String
  /// The default run's mask.
  let mask: LabelMap

  /// What all runs of an evaluation share.
  struct Settings {
    let threads: Int?
    /// Value of the organ in the bundle; nil for the first.
    let label: Int?
    /// Tolerance of the surface DSC, mm.
    let tolerance: Double
    let runs: Runs
  }

  /// Which of the three runs are made.
  enum Runs {
    /// All three.
    case all
    /// The oracle box is left out.
    case withoutOracle
    /// The last alone, watched: its passes end where the bundle's own settings end them.
    case ownSettings
  }

  /// Runs and measures; `truth` holds the organ alone.
  init(_ volume: Volume, truth: LabelMap, with instance: PluginInstance, settings: Settings) throws(CommandFailure) {
    let spacing = volume.geometry.spacing
    func quality(_ mask: LabelMap) throws(CommandFailure) -> MaskQuality {
      guard let found = MaskQuality(of: mask, against: truth, spacing: spacing, tolerance: settings.tolerance) else {
        throw CommandFailure(
          exitCode: .plugin, sentence: "the plugin returned a mask of another size than the volume's")
      }
      return found
    }
    do throws(HostError) {
      var watched = WatchedRun(truth: truth)
      let own = SegmentRequest(label: settings.label, threads: settings.threads)
      var request = SegmentRequest(
        label: settings.label, threads: settings.threads, rounds: Trajectory.longestRun, threshold: 1)
      var clock = Clock()
      let isWhole = settings.runs != .ownSettings
      var segmentation = try instance.segment(volume, request: isWhole ? request : own) { watched.add($0) }
      let heard = isWhole ? Trajectory(heard: watched.passes) : Trajectory(heardOfOwnSettings: watched.passes)
      guard let trajectory = heard, let views = watched.views else {
        throw HostError(
          code: .incompatiblePlugin,
          description: "the plugin does not show its passes (extension org.islet.pass-observer/draft-1), "
            + "without which there is no table; take a plugin of this release")
      }

      var oracleMask: LabelMap?
      if settings.runs == .all, !truth.isEmpty {
        // Where the round finds nothing the result would be the truth that was given: the pass itself counts.
        oracleMask = LabelMap(empty: truth.size)
        request.rounds = 1
        request.initialMask = truth
        _ = try instance.segment(volume, request: request) { oracleMask = $0.mask }
      }

      if isWhole {
        _ = clock.lap()
        segmentation = try instance.segment(volume, request: own)
      }
      let seconds = clock.lap()
      trace = try instance.trace()
      let parsed = try RunTrace(json: trace)
      (coarseViews, self.trajectory, mask) = (views, trajectory, segmentation.mask)
      do throws(CommandFailure) {
        coarse = try quality(watched.coarse ?? LabelMap(empty: truth.size))
        final = try quality(watched.final ?? LabelMap(empty: truth.size))
        oracle = if let oracleMask { try quality(oracleMask) } else { nil }
        let summary = segmentation.summary
        defaultRun = CaseEvaluation.DefaultRun(
          quality: try quality(segmentation.mask), end: parsed.end, rounds: summary.rounds, flags: parsed.flags,
          volumeMillilitres: summary.volumeMillilitres, viewAgreement: summary.viewAgreement,
          predictedDice: summary.predictedDice, predictedDiceLower: summary.predictedDiceLower, seconds: seconds)
      } catch {
        throw HostError(code: .incompatiblePlugin, description: error.sentence)
      }
    } catch {
      throw CommandFailure(error)
    }
  }
}

/// A run as its host sees it pass by pass, compared with the truth on the way, so that no mask is kept but two.
private struct WatchedRun {
  let truth: LabelMap
  private(set) var passes: [Trajectory.Pass] = []
  /// DSC of the coarse views.
  private(set) var views: CaseEvaluation.Views?
  /// Z(0).
  private(set) var coarse: LabelMap?
  /// The mask at the paper's stop, d > .95, or the last one.
  private(set) var final: LabelMap?
  private var hasStopped = false

  init(truth: LabelMap) { self.truth = truth }

  mutating func add(_ pass: SegmentationPass) {
    let isLost = pass.mask.isEmpty
    passes.append(
      Trajectory.Pass(
        round: pass.round, dice: diceCoefficient(pass.mask, truth) ?? 0, diceToPrevious: pass.diceToPrevious,
        voxels: pass.mask.foregroundCount))
    if pass.round == 0 {
      coarse = pass.mask
      views = pass.viewMasks.map { bits in
        func dice(_ bit: UInt8) -> Double {
          LabelMap(size: bits.size, labels: bits.labels.map { $0 & bit }).flatMap { diceCoefficient($0, truth) } ?? 0
        }
        return CaseEvaluation.Views(coronal: dice(1), sagittal: dice(2), axial: dice(4))
      }
    }
    guard !hasStopped else { return }
    if !isLost { final = pass.mask }
    hasStopped = isLost || (pass.diceToPrevious ?? 0) > TableRow.finalThreshold
  }
}
