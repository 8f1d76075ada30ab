import CoarseToFine
import Confidence
import ModelBundle
import Networks
public import Volumes

/// A bundle ready to segment: opens it, brings a volume to its grid, runs the coarse-to-fine iteration with its
/// networks, and brings mask and probability back.
///
/// One call at a time. Networks are read at the first run and kept, so that later runs start at once.
/// The algorithm itself is `CoarseToFine.FixedPointIteration`.
public final class Segmenter {
  /// The bundle's manifest as it is in the file.
  public let manifestJSON: String

  /// The bundle's name and version.
  public var bundleName: String { bundle.manifest.name }
  /// The version of its weights.
  public var bundleVersion: String { bundle.manifest.version }
  /// What stands against the bundle and was accepted; every result carries these flags.
  public var bundleFlags: ResultFlags { ResultFlags(provenance) }

  let provenance: BundleProvenance
  let bundle: BundleReader
  let bundlePath: String
  private let networks: NetworkStore
  private let confidence: ConfidenceModel?

  /// Opens a bundle: checks header, manifest, layout, and who signed it; reads no weights.
  ///
  /// A manifest that no run could use is refused here, so that a host hears of it before a user waits for a result.
  public convenience init(bundlePath: String, trust: BundleTrust) throws(SegmentationError) {
    try self.init(path: bundlePath, trust: trust) { () throws(BundleError) in try BundleReader(path: bundlePath) }
  }

  /// Opens a bundle that is an open file already; `bundlePath` is for messages, `descriptor` becomes this segmenter's.
  public convenience init(bundlePath: String, descriptor: Int32, trust: BundleTrust) throws(SegmentationError) {
    try self.init(path: bundlePath, trust: trust) { () throws(BundleError) in
      try BundleReader(path: bundlePath, descriptor: descriptor)
    }
  }

  private convenience init(
    path: String, trust: BundleTrust, open: () throws(BundleError) -> BundleReader
  ) throws(SegmentationError) {
    let bundle: BundleReader
    let provenance: BundleProvenance
    do throws(BundleError) {
      bundle = try open()
      provenance = try bundle.provenance(under: trust.policy)
    } catch {
      throw SegmentationError(error)
    }
    try self.init(bundle, path: path, provenance: provenance)
  }

  /// Takes over a bundle that another process has loaded; `descriptor` is its open file and becomes this segmenter's.
  /// Packed weights are shared with other processes through `weights`.
  public convenience init(
    _ handover: BundleHandover, descriptor: Int32, weights: (any WeightExchange)? = nil
  ) throws(SegmentationError) {
    let bundle: BundleReader
    do throws(BundleError) {
      bundle = try BundleReader(path: handover.path, descriptor: descriptor)
    } catch {
      throw SegmentationError(error)
    }
    guard bundle.sha256 == handover.sha256 else {
      throw SegmentationError(
        code: .bundleCorrupt,
        description: "\(bundle.fileName): the file was overwritten since it was loaded; load the bundle again")
    }
    try self.init(bundle, path: handover.path, provenance: handover.provenance, weights: weights)
  }

  private init(
    _ bundle: BundleReader, path: String, provenance: BundleProvenance, weights: (any WeightExchange)? = nil
  ) throws(SegmentationError) {
    (self.bundle, bundlePath, self.provenance) = (bundle, path, provenance)
    networks = NetworkStore(bundle: bundle, exchange: weights)
    confidence = try bundle.manifest.confidenceModel()
    _ = try RunPlan(manifest: bundle.manifest, request: SegmentationRequest())
    try networks.checkDescriptions()
    manifestJSON = String(decoding: bundle.manifestBytes, as: UTF8.self)
  }

  /// Segments one volume given in the host's own memory layout, into memory of the host; blocks.
  ///
  /// `region` is where the run starts in place of the coarse pass. `maps` must fit the volume; unless the run finishes
  /// they are unspecified. Beside the networks, memory goes with the working grid: the host's grid is read and filled in
  /// slabs. What the request says of an initial mask and the views' masks does not count here.
  /// Cost: the coarse pass over every slice of three views, then one pass over the changed boxes per round. Checks for
  /// cancellation before every slice. The result is the same for any number of threads.
  public func segment(
    _ voxels: StridedVoxels, geometry: VolumeGeometry, from region: InitialRegion?, into maps: ResultMaps,
    request: SegmentationRequest, control: RunControl
  ) throws(SegmentationError) -> RunOutcome<SegmentationSummary> {
    do {
      var request = request
      (request.hasInitialMask, request.wantsViewMasks) = (region != nil, maps.viewMasks != nil)
      request.isWatched = control.didFinishPass != nil
      return .finished(
        try run(voxels, geometry: geometry, from: region, into: maps, request: request, control: control))
    } catch is RunControl.Cancelled {
      return .cancelled
    } catch let error as SegmentationError {
      throw error
    } catch let error as VolumeError {
      throw SegmentationError(code: .volume, description: "volume: \(error.message)")
    } catch let error as NetworkError {
      throw SegmentationError(error, in: bundle.fileName)
    } catch let error as CoarseToFineError {
      throw SegmentationError(code: .bundleManifest, description: "\(bundle.fileName): \(error.message)")
    } catch {
      throw SegmentationError(code: .internal, description: "\(error)")
    }
  }

  private func run(
    _ voxels: StridedVoxels, geometry: VolumeGeometry, from region: InitialRegion?, into maps: ResultMaps,
    request: SegmentationRequest, control: RunControl
  ) throws -> SegmentationSummary {
    let plan = try RunPlan(manifest: bundle.manifest, request: request)
    var seconds = RunTrace.Seconds()
    var watch = Stopwatch()

    let forecast = try forecast(geometry, plan: plan, request: request, callBytes: request.callBytes)
    let schedule = forecast.schedule
    let control = control.metered(by: ProgressMeter(forecast.work.onThreads(schedule.threads)))
    (networks.threads, networks.residency) = (schedule.threads, schedule.residency)
    try loadNetworks(plan, request: request, control: control)
    seconds.load = watch.lap()

    let grid = try WorkingGrid(voxels, geometry: geometry, grid: bundle.manifest.grid) { share in
      try control.checkCancellation()
      control.report(.prepare, share: share)
    }
    let initialMask = try region.map { region in
      try grid.maskOnWorkingGrid(region) { try control.checkCancellation() }
    }
    seconds.prepare = watch.lap()

    let previous = PreviousRound()
    let predictor = CropPredictor(
      volume: grid.volume, window: plan.window, networks: networks, precision: plan.arithmetic.precision,
      label: plan.label.value, workers: SliceWorkers(threads: schedule.threads), control: control.caller,
      previous: previous)
    let willStartRound = networks.looksAtPreviousRound ? { previous.probability = $0 } : nil as (([Float]) -> Void)?
    let iteration = try FixedPointIteration(
      profile: plan.profile, planes: plan.planes, size: grid.volume.size, measured: grid.unpadded,
      temperatures: bundle.manifest.temperatures(for: plan.label), memoBytes: schedule.memoBytes)
    var roundSeconds: [Double] = []
    let checkpoint: Checkpoint = { progress in
      try control.checkCancellation()
      control.report(progress)
    }
    let didFinish: (RoundSnapshot) throws -> Void = { snapshot in
      let lap = watch.lap()
      switch snapshot.stage {
      case .coarse: seconds.coarse = lap
      case .fine: roundSeconds.append(lap)
      }
      try control.observe(snapshot, on: grid, label: plan.label)
      // The host's time is not the round's.
      _ = watch.lap()
    }
    let outcome =
      if let initialMask {
        try iteration.run(
          from: initialMask, predict: predictor.predict, willStartRound: willStartRound, checkpoint: checkpoint,
          didFinish: didFinish)
      } else {
        try iteration.run(
          predict: predictor.predict, willStartRound: willStartRound, checkpoint: checkpoint, didFinish: didFinish)
      }
    seconds.fine = roundSeconds.reduce(0, +)

    let found = try maps.fill(from: outcome, label: plan.label, grid: grid) { share in
      try control.checkCancellation()
      control.report(.finish, share: share)
    }
    let voxelCount = found.voxelCount
    seconds.finish = watch.lap()
    control.report(.finish, share: 1)

    // An organ that lies in the padding alone is not in the host's volume.
    let end = voxelCount == 0 ? .empty : outcome.end
    let rounds = zip(outcome.rounds, roundSeconds).map { RoundRecord($0, seconds: $1) }
    let agreement = end == .empty ? nil : outcome.finalAgreement
    let appraisal = RunAppraisal(outcome, end: end, grid: grid, model: calibration(of: plan.label))
    let flags = ResultFlags(
      end: end, touchesBorder: found.touchesBorder, grid: grid, inputRange: bundle.manifest.inputRange
    )
    .union(appraisal.flags).union(bundleFlags)
    let trace = RunTrace(
      end: end.nameInResults, rounds: rounds,
      coarse: RunTrace.Coarse(
        voxels: outcome.coarseVoxels,
        slicesComputed: region == nil
          ? plan.planes.reduce(0) {
            $0 + plan.profile.coarseSampling.slices(of: $1.sliceCount(in: grid.volume.size)).count
          } : 0,
        viewAgreement: outcome.coarseAgreement.map(RunTrace.Agreement.init)),
      viewAgreement: agreement.map(RunTrace.Agreement.init), flags: flags.names, voxels: voxelCount,
      volumeMillilitres: Double(voxelCount) * geometry.voxelMillilitres,
      features: appraisal.features.byName, inputChecks: InputCheckRecord(appraisal),
      confidence: appraisal.confidence.map(ConfidenceRecord.init),
      label: RunTrace.Label(value: plan.label.value, name: plan.label.name),
      profile: RunTrace.Profile(plan.profile), geometry: RunTrace.Grid(geometry),
      workingGrid: RunTrace.Grid(grid.volume.geometry), bundle: RunTrace.Bundle(bundle, provenance),
      quality: request.quality.rawValue,
      precision: plan.arithmetic.precision.rawValue, precisionReason: plan.arithmetic.reason, threads: schedule.threads,
      seconds: seconds)
    return SegmentationSummary(
      end: end, rounds: rounds, voxels: voxelCount, volumeMillilitres: trace.volumeMillilitres,
      viewAgreement: agreement?.mean,
      confidence: appraisal.confidence, flags: flags,
      traceJSON: try trace.json())
  }

  /// A bundle's calibration was made for its first label; the others have none.
  private func calibration(of label: Manifest.Label) -> ConfidenceModel? {
    label.value == bundle.manifest.labels.first?.value ? confidence : nil
  }

  /// Reads every network that the run can need, so that a damaged bundle shows before any work is done.
  private func loadNetworks(
    _ plan: RunPlan, request: SegmentationRequest, control: MeteredControl
  ) throws {
    var stages: [Stage] = !request.hasInitialMask ? [.coarse] : []
    if plan.profile.maximumRounds > 0 { stages.append(.fine) }
    let keys = stages.flatMap { stage in
      View.allCases.map { NetworkStore.Key(stage: stage, view: $0, label: plan.label.value) }
    }
    for (index, key) in keys.enumerated() {
      try control.checkCancellation()
      control.report(.load, share: Double(index) / Double(keys.count))
      _ = try networks.network(key, plan.arithmetic.precision)
      _ = try networks.saliency(key)
    }
  }
}
