import CoarseToFine
import Foundation
import ModelBundle
import Synchronization
import Testing
import Volumes

@testable import Segmentation

@Suite struct SegmenterTests {
  @Test func findsWhatTheNetworksSay() throws {
    let example = try BoxVolume()
    let result = try ThresholdBundle().segmenter().result(of: example.volume)
    #expect(result.mask == example.box)
    #expect(result.end == .converged)
    #expect(result.rounds.map(\.diceToPrevious) == [1])
    #expect(result.voxels == 8 * 7 * 5)
    #expect(abs(result.volumeMillilitres - 0.28) < 1e-12)
    #expect(result.viewAgreement == 1)
    #expect(zip(result.probability, result.mask.labels).allSatisfy { ($0 > 127) == ($1 == 1) })
    #expect(result.flags == [.unsignedBundle, .noConfidence])
  }

  @Test func everyOrientationOfTheSameVolumeGivesTheSameVoxels() throws {
    let example = try BoxVolume()
    var bundle = ThresholdBundle()
    bundle.grid.minimumSize = [1, 1, 30]
    let segmenter = try bundle.segmenter()
    for order in AxisOrder.all {
      let result = try segmenter.result(of: example.volume.reordered(by: order))
      #expect(result.mask == example.box.reordered(by: order), "\(order)")
    }
  }

  @Test func aWorkingGridInMillimetresGivesTheBoxBackWithinAVoxel() throws {
    let example = try BoxVolume(
      size: (60, 50, 24), box: (12..<42, 10..<34, 5..<17), spacing: SIMD3(0.8, 0.8, 2), background: 0)
    var bundle = ThresholdBundle()
    bundle.grid.spacingMillimetres = 1.5
    // Half way between the box's 800 HU and the background's 0, so that blurred edges stay where they are.
    (bundle.coarse, bundle.fine) = (0.4, 0.4)
    let result = try bundle.segmenter().result(of: example.volume)
    let dice = try #require(diceCoefficient(result.mask, example.box))
    #expect(dice > 0.95, "DSC \(dice)")
  }

  @Test func bodyBoxAndPaddingDoNotMoveTheMask() throws {
    // A body of 0 HU in air, off centre, with the organ in it.
    var example = try BoxVolume(size: (40, 36, 12), box: nil)
    var voxels = example.volume.voxels
    var mask = LabelMap(empty: example.volume.size)
    for z in 0..<12 {
      for y in 8..<30 {
        for x in 4..<28 {
          let index = (z * 36 + y) * 40 + x
          let isOrgan = (10..<16).contains(x) && (12..<20).contains(y) && (4..<8).contains(z)
          voxels[index] = isOrgan ? 800 : 0
          if isOrgan { mask.labels[index] = 1 }
        }
      }
    }
    let volume = try #require(Volume(geometry: example.volume.geometry, voxels: voxels))
    var bundle = ThresholdBundle()
    bundle.grid.bodyBox = .init(thresholdHU: -300, openingRadius: 1, margin: 3, axes: [.x, .y])
    bundle.grid.minimumSize = [1, 1, 32]
    let result = try bundle.segmenter().result(of: volume)
    #expect(result.mask == mask)
    #expect(!result.flags.contains(.noBody))

    example = try BoxVolume(size: (40, 36, 12), box: nil)
    let empty = try bundle.segmenter().result(of: example.volume)
    #expect(empty.flags.contains(.noBody) && empty.end == .empty)
  }

  @Test func emptyMaskIsAnOutcomeWithAName() throws {
    let example = try BoxVolume(box: nil)
    let result = try ThresholdBundle().segmenter().result(of: example.volume)
    #expect(result.end == .empty)
    #expect(result.mask.isEmpty && result.rounds.isEmpty && result.viewAgreement == nil)
    #expect(result.flags.contains(.empty))
    #expect(result.traceJSON.contains("\"end\":\"empty\""))
  }

  @Test func lostOrganKeepsTheMaskBeforeAndIsCollapsed() throws {
    let example = try BoxVolume()
    var bundle = ThresholdBundle()
    bundle.fine = 0.9
    let result = try bundle.segmenter().result(of: example.volume)
    #expect(result.end == .collapsed)
    #expect(result.mask == example.box)
    #expect(result.flags.contains(.collapsed))
  }

  @Test func usedUpRoundsAreFlagged() throws {
    let example = try BoxVolume()
    let result = try ThresholdBundle().segmenter()
      .result(of: example.volume, request: SegmentationRequest(threads: 1, rounds: 2, threshold: 1))
    #expect(result.end == .roundsUsedUp && result.rounds.count == 2)
    #expect(result.rounds[1].slicesComputed == 0 && result.rounds[1].slicesReused == 8 + 7 + 5)
    #expect(result.flags.contains(.notConverged))
  }

  @Test func aMaskAtTheBorderIsFlagged() throws {
    for box in [(0..<5, 5..<9, 5..<9), (5..<9, 16..<20, 5..<9), (5..<9, 5..<9, 12..<16)] {
      let example = try BoxVolume(box: box)
      let result = try ThresholdBundle().segmenter().result(of: example.volume)
      #expect(result.mask == example.box)
      #expect(result.flags.contains(.touchesBorder))
    }
  }

  @Test func inputsOutsideTheBundlesRangeAreFlagged() throws {
    let segmenter = try ThresholdBundle().segmenter()
    let thick = try BoxVolume(spacing: SIMD3(1, 1, 8))
    #expect(try segmenter.result(of: thick.volume).flags.contains(.spacingOutOfRange))
    let dark = try BoxVolume(background: -3000)
    #expect(try segmenter.result(of: dark.volume).flags.contains(.hounsfieldOutOfRange))
    let (sine, cosine) = (sin(20 * Double.pi / 180), cos(20 * Double.pi / 180))
    let tilted = try BoxVolume(direction: [SIMD3(cosine, sine, 0), SIMD3(-sine, cosine, 0), SIMD3(0, 0, 1)])
    #expect(try segmenter.result(of: tilted.volume).flags.contains(.oblique))
  }

  @Test func everyThreadCountGivesTheSameBits() throws {
    let example = try BoxVolume()
    let segmenter = try ThresholdBundle().segmenter()
    let one = try segmenter.result(of: example.volume, request: SegmentationRequest(threads: 1))
    for threads in [2, 3, 4] {
      let many = try segmenter.result(of: example.volume, request: SegmentationRequest(threads: threads))
      #expect(many.mask == one.mask && many.probability == one.probability)
    }
  }

  @Test func viewMasksSayWhichViewsFoundTheOrgan() throws {
    let example = try BoxVolume()
    var request = SegmentationRequest(threads: 1)
    request.wantsViewMasks = true
    let result = try ThresholdBundle().segmenter().result(of: example.volume, request: request)
    #expect(result.viewMasks == example.box.labels.map { $0 == 0 ? 0 : 7 })
    request.wantsViewMasks = false
    #expect(try ThresholdBundle().segmenter().result(of: example.volume, request: request).viewMasks == nil)
  }

  @Test(arguments: [1, 2]) func cancellingAtEveryMomentIsAnOutcome(_ threads: Int) throws {
    let example = try BoxVolume(size: (9, 8, 7), box: (2..<6, 2..<6, 2..<5))
    let segmenter = try ThresholdBundle().segmenter()
    var moment = 0
    var cancelled = 0
    while moment < 1000 {
      let asked = Atomic<Int>(0)
      let limit = moment
      let outcome = try segmenter.segment(
        example.volume, request: SegmentationRequest(threads: threads),
        control: RunControl(isCancelled: { asked.add(1, ordering: .relaxed).oldValue >= limit }))
      if case .finished(let result) = outcome {
        #expect(result.mask == example.box)
        break
      }
      cancelled += 1
      moment += 1
    }
    #expect(cancelled > 20 && moment < 1000, "cancelled \(cancelled) times")
    #expect(try segmenter.result(of: example.volume).mask == example.box)
  }

  @Test func progressNeverFallsAndEndsAtOne() throws {
    let example = try BoxVolume()
    var seen: [RunControl.Progress] = []
    _ = try ThresholdBundle().segmenter().segment(
      example.volume, control: RunControl(progress: { seen.append($0) }))
    #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.fraction <= $1.fraction })
    #expect(seen.first?.fraction == 0 && seen.last?.fraction == 1)
    #expect(Set(seen.map(\.stage)) == [.load, .prepare, .coarse, .fine, .finish])
  }

  @Test(arguments: [
    SegmentationRequest(label: 9), SegmentationRequest(threads: 0), SegmentationRequest(threads: 257),
    SegmentationRequest(rounds: 101), SegmentationRequest(threshold: 1.5), SegmentationRequest(threshold: .nan),
    SegmentationRequest(margin: -1),
  ])
  func requestsOutOfRangeAreRefused(_ request: SegmentationRequest) throws {
    let example = try BoxVolume()
    let segmenter = try ThresholdBundle().segmenter()
    let error = #expect(throws: SegmentationError.self) { _ = try segmenter.segment(example.volume, request: request) }
    #expect(error?.code == .request)
  }

  /// The manifest is in order by itself; only the networks' arithmetic shows that a pad of 1 cannot work.
  @Test func topologyThatCannotBeComputedIsRefusedWhenTheBundleIsOpened() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("pad-\(UUID().uuidString).islet").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let topology = Manifest.Topology(
      family: .crop, pad: 1, inputChannels: 1, outputChannels: 1, blockChannels: [1, 1, 1, 1, 1],
      pools: [true, true, true, true, true], fc6: .init(channels: 1, kernel: 7), fc7: .init(channels: 1))
    try BundleSynthesizer.synthesize(.synthetic(topology: topology), dtype: .float32, seed: 1, output: path)
    let error = #expect(throws: SegmentationError.self) {
      _ = try Segmenter(bundlePath: path, trust: BundleTrust.forTests)
    }
    #expect(error?.code == .bundleManifest && error?.description.contains("larger pad") == true, "\(error as Any)")
  }

  /// Output channels may be 1 beside 3 inputs, but all six networks must agree.
  @Test func networksThatPredictDifferentSlicesAreRefusedWhenTheBundleIsOpened() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("mix-\(UUID().uuidString).islet").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let topology = Manifest.Topology(
      family: .samePadding, pad: nil, inputChannels: 3, outputChannels: 3, blockChannels: [1, 1, 1, 1, 1],
      pools: [false, false, false, false, false], fc6: .init(channels: 1, kernel: 1), fc7: .init(channels: 1))
    var manifest = Manifest.synthetic(topology: topology)
    manifest.networks[0].topology.outputChannels = 1
    try BundleSynthesizer.synthesize(manifest, dtype: .float32, seed: 1, output: path)
    let error = #expect(throws: SegmentationError.self) {
      _ = try Segmenter(bundlePath: path, trust: BundleTrust.forTests)
    }
    #expect(error?.code == .bundleManifest && error?.description.contains("output channels") == true)
  }

  /// The coarse networks serve both organs, each has fine ones of its own; those of the second find nothing here.
  @Test func eachLabelRunsWithItsOwnNetworks() throws {
    let example = try BoxVolume()
    var bundle = ThresholdBundle()
    bundle.secondFine = 0.95
    let segmenter = try bundle.segmenter()
    let first = try segmenter.result(of: example.volume, request: SegmentationRequest(label: 1, threads: 2))
    #expect(first.end == .converged && first.mask == example.box)
    let second = try segmenter.result(of: example.volume, request: SegmentationRequest(label: 2, threads: 2))
    #expect(second.end == .collapsed && Set(second.mask.labels) == [0, 2])
    let error = #expect(throws: SegmentationError.self) {
      _ = try segmenter.segment(example.volume, request: SegmentationRequest(label: 3))
    }
    #expect(error?.code == .request)
  }

  @Test func bundleWithoutAFineStageGivesTheCoarseMask() throws {
    let example = try BoxVolume()
    var bundle = ThresholdBundle()
    bundle.isCoarseOnly = true
    let segmenter = try bundle.segmenter()
    let result = try segmenter.result(of: example.volume)
    #expect(result.mask == example.box && result.rounds.isEmpty)
    let error = #expect(throws: SegmentationError.self) {
      _ = try segmenter.segment(example.volume, request: SegmentationRequest(threads: 1, rounds: 1))
    }
    #expect(error?.code == .request && error?.description.contains("no fine networks") == true)
  }

  /// ModelBundle and CoarseToFine know nothing of each other, so both write the two named profiles down.
  @Test func namedProfilesOfAManifestAreThoseOfTheAlgorithm() throws {
    var manifest = Manifest.synthetic(topology: .paper)
    let pairs: [(Manifest.Profile, CoarseToFine.Profile)] = [(.paper, .paper), (.release111, .release111)]
    for (written, algorithm) in pairs {
      manifest.profile = written
      #expect(try RunPlan(manifest: manifest, request: SegmentationRequest(threads: 1)).profile == algorithm)
    }
  }

  @Test func tensorAxesOfThePaperAreThoseOfTheSyntheticManifest() throws {
    let planes = try Manifest.synthetic(topology: .paper).slicePlanes()
    #expect(planes.map(\.view) == [.coronal, .sagittal, .axial])
    #expect(planes.map(\.rowAxis) == [.x, .y, .y] && planes.map(\.columnAxis) == [.z, .z, .x])
  }

  @Test func defaultThreadsAreOneACoreAndNeverTooMany() throws {
    #expect(try RunPlan.threads(asked: nil, cores: 2) == 2)
    #expect(try RunPlan.threads(asked: nil, cores: 384) == SegmentationRequest.mostThreads)
    #expect(try RunPlan.threads(asked: 7, cores: 2) == 7)
  }

  @Test func traceNamesWeightsGridAndRounds() throws {
    let example = try BoxVolume()
    let result = try ThresholdBundle().segmenter().result(of: example.volume)
    for part in ["\"id\":\"synthetic\"", "\"signed_by\":null", "\"dsc_to_previous\":1", "\"size\":[24,20,16]"] {
      #expect(result.traceJSON.contains(part), "\(part)")
    }
  }
}
