package import CoarseToFine
package import ModelBundle
package import Networks
package import Volumes

/// What one run will do: the bundle's settings with the request's overrides, all checked.
package struct RunPlan {
  package let profile: Profile
  package let planes: [SlicePlane]
  package let window: IntensityWindow
  package let label: Manifest.Label
  /// What the networks compute in.
  package let arithmetic: ArithmeticChoice
  let threads: Int

  /// `isOffered` says which precisions the processor has.
  package init(
    manifest: Manifest, request: SegmentationRequest, isOffered: (Precision) -> Bool = \.isOffered
  ) throws(SegmentationError) {
    planes = try manifest.slicePlanes()
    label = try Self.label(of: manifest, request: request)
    profile = try Self.profile(of: manifest, request: request)
    let limits = manifest.intensity.window
    guard limits.count == 2,
      let window = IntensityWindow(low: limits[0], high: limits[1], levels: manifest.intensity.levels)
    else {
      throw SegmentationError(
        code: .bundleManifest,
        description: "\(manifest.name): intensity \(limits) is no HU window, expected [low, high] with low < high")
    }
    self.window = window
    arithmetic = try ArithmeticChoice(manifest: manifest, request: request, isOffered: isOffered)
    threads = try Self.threads(asked: request.threads, cores: SliceWorkers.availableCores())
  }

  /// What is asked for must be in range; the default is a thread a core, on the largest machines no more than allowed.
  static func threads(asked: Int?, cores: Int) throws(SegmentationError) -> Int {
    guard let asked else { return min(cores, SegmentationRequest.mostThreads) }
    guard (1...SegmentationRequest.mostThreads).contains(asked) else {
      throw SegmentationError(
        code: .request, description: "request: \(asked) threads, expected 1 to \(SegmentationRequest.mostThreads)")
    }
    return asked
  }

  private static func label(
    of manifest: Manifest, request: SegmentationRequest
  ) throws(SegmentationError) -> Manifest.Label {
    let found = request.label.map { value in manifest.labels.first { $0.value == value } } ?? manifest.labels.first
    guard let found else {
      let known = manifest.labels.map { "\($0.value) (\($0.name))" }.joined(separator: ", ")
      throw SegmentationError(
        code: .request,
        description: "request: label \(request.label ?? 0) is not in \(manifest.name), which has \(known)")
    }
    return found
  }

  private static func profile(
    of manifest: Manifest, request: SegmentationRequest
  ) throws(SegmentationError) -> Profile {
    let written = manifest.profile
    let slices = Set(manifest.networks.map(\.topology.outputChannels))
    guard slices.count == 1, let slicesPredicted = slices.first else {
      throw SegmentationError(
        code: .bundleManifest,
        description: "\(manifest.name): networks with \(slices.sorted()) output channels, expected the same in all six")
    }
    var profile = Profile(
      inputRegion: written.inputRegion == .ownSlice ? .ownSlice : .unionOfNeighbours, margin: written.margin,
      coarseFusion: written.coarseFusion == .majority ? .majority : .mean,
      fineFusion: written.fineFusion == .majority ? .majority : .mean, componentRatio: written.componentRatio,
      threshold: written.threshold, stopComparison: written.stop == .above ? .above : .reaching,
      maximumRounds: written.rounds, slicesPredicted: slicesPredicted)
    do throws(CoarseToFineError) {
      try profile.validate()
    } catch {
      throw SegmentationError(code: .bundleManifest, description: "\(manifest.name): \(error.message)")
    }
    if request.quality == .fast { profile.coarseSampling = .everyThirdSlice }
    if let rounds = request.rounds {
      guard rounds == 0 || manifest.runningStages.contains(.fine) else {
        throw SegmentationError(
          code: .request, description: "request: \(rounds) rounds, but \(manifest.name) has no fine networks; ask for 0"
        )
      }
      profile.maximumRounds = rounds
    }
    if let threshold = request.threshold { profile.threshold = threshold }
    if let margin = request.margin { profile.margin = margin }
    if let fusion = request.coarseFusion { profile.coarseFusion = fusion == .majority ? .majority : .mean }
    if let fusion = request.fineFusion { profile.fineFusion = fusion == .majority ? .majority : .mean }
    switch request.componentFilter {
    case nil: break
    case .off: profile.componentRatio = nil
    case .ratio(let ratio): profile.componentRatio = ratio
    }
    do throws(CoarseToFineError) {
      try profile.validate()
    } catch {
      throw SegmentationError(code: .request, description: "request: \(error.message)")
    }
    return profile
  }
}
