import CoarseToFine
import ModelBundle
import Testing
import Volumes

@testable import Segmentation

/// A run that starts from a mask of the host, and what a host hears of each pass.
@Suite struct InitialMaskTests {
  /// Everything that a run reports of its passes.
  private func passes(
    _ segmenter: Segmenter, _ volume: Volume, _ request: SegmentationRequest
  ) throws -> (heard: [FinishedPass], result: SegmentationResult) {
    var heard: [FinishedPass] = []
    let outcome = try segmenter.segment(
      volume, request: request, control: RunControl(didFinishPass: { heard.append($0) }))
    guard case .finished(let result) = outcome else { throw CancellationError() }
    return (heard, result)
  }

  /// The coarse networks of this bundle find nothing, so that what is found can only come from the given mask.
  private func blindBundle() -> ThresholdBundle {
    var bundle = ThresholdBundle()
    bundle.coarse = 2
    return bundle
  }

  @Test func fineRoundsStartFromTheGivenMask() throws {
    let example = try BoxVolume()
    let segmenter = try blindBundle().segmenter()
    #expect(try segmenter.result(of: example.volume).end == .empty)
    // One corner of the organ: boxes with a margin of 2 grow over it in a few rounds.
    var seed = LabelMap(empty: example.box.size)
    seed.labels[(5 * 20 + 6) * 24 + 7] = 200
    var request = SegmentationRequest(threads: 1)
    request.initialMask = seed
    let result = try segmenter.result(of: example.volume, request: request)
    #expect(result.end == .converged && result.mask == example.box)
    #expect(result.traceJSON.contains("\"coarse\":{\"slices_computed\":0,\"voxels\":1}"), "\(result.traceJSON)")
  }

  @Test func givenMaskFollowsTheVolumeIntoEveryOrientation() throws {
    let example = try BoxVolume()
    var bundle = blindBundle()
    bundle.grid.minimumSize = [1, 1, 30]
    let segmenter = try bundle.segmenter()
    for order in AxisOrder.all {
      var request = SegmentationRequest(threads: 1, rounds: 0)
      request.initialMask = example.box.reordered(by: order)
      let result = try segmenter.result(of: example.volume.reordered(by: order), request: request)
      #expect(result.mask == request.initialMask, "\(order)")
    }
  }

  @Test func givenMaskComesBackFromAGridInMillimetresWithinAVoxel() throws {
    var example = try BoxVolume(
      size: (60, 50, 24), box: (12..<42, 10..<34, 5..<17), spacing: SIMD3(0.8, 0.8, 2), background: 0)
    var bundle = blindBundle()
    bundle.grid.spacingMillimetres = 1.5
    bundle.grid.bodyBox = .init(thresholdHU: -300, openingRadius: 1, margin: 3, axes: [.x, .y])
    bundle.grid.minimumSize = [1, 1, 64]
    var request = SegmentationRequest(threads: 1, rounds: 0)
    request.initialMask = example.box
    let result = try bundle.segmenter().result(of: example.volume, request: request)
    let dice = try #require(diceCoefficient(result.mask, example.box))
    #expect(dice > 0.95, "DSC \(dice)")
    // Networks that cut half way between organ and background find the same voxels on the working grid.
    bundle.coarse = 0.4
    request.initialMask = nil
    let found = try bundle.segmenter().result(of: example.volume, request: request)
    #expect(found.mask == result.mask)
    example = try BoxVolume(size: (60, 50, 24), box: nil, background: 0)
    request.initialMask = example.box
    #expect(try bundle.segmenter().result(of: example.volume, request: request).end == .empty)
  }

  @Test func maskOfAnotherSizeIsRefused() throws {
    let example = try BoxVolume()
    let segmenter = try ThresholdBundle().segmenter()
    // As many voxels, but another shape.
    var request = SegmentationRequest(threads: 1)
    request.initialMask = LabelMap(empty: try #require(VolumeSize(x: 20, y: 24, z: 16)))
    let error = #expect(throws: SegmentationError.self) { _ = try segmenter.segment(example.volume, request: request) }
    #expect(error?.code == .request && error?.description.contains("20 x 24 x 16") == true)
  }

  @Test func everyPassIsHeardOfOnTheHostsGrid() throws {
    let example = try BoxVolume()
    let request = SegmentationRequest(threads: 1, rounds: 3, threshold: 1)
    let (heard, result) = try passes(ThresholdBundle().segmenter(), example.volume, request)
    #expect(heard.map(\.round) == [0, 1, 2, 3])
    #expect(heard.map(\.stage) == [.coarse, .fine, .fine, .fine])
    #expect(heard.map(\.diceToPrevious) == [nil] + result.rounds.map(\.diceToPrevious))
    #expect(heard.allSatisfy { $0.mask == example.box && $0.viewMasks == example.box.labels.map { $0 == 0 ? 0 : 7 } })
  }

  @Test func lostOrganIsHeardOfAsAnEmptyMask() throws {
    let example = try BoxVolume()
    var bundle = ThresholdBundle()
    bundle.fine = 2
    let (heard, result) = try passes(bundle.segmenter(), example.volume, SegmentationRequest(threads: 1))
    #expect(heard.map(\.mask.isEmpty) == [false, true])
    #expect(result.end == .collapsed && result.mask == example.box)
  }

  @Test func runFromAMaskIsFirstHeardOfAfterRoundOne() throws {
    let example = try BoxVolume()
    var request = SegmentationRequest(threads: 1, rounds: 1)
    request.initialMask = example.box
    let (heard, _) = try passes(ThresholdBundle().segmenter(), example.volume, request)
    #expect(heard.map(\.round) == [1])
  }

  @Test func listenerChangesNothing() throws {
    let example = try BoxVolume()
    let segmenter = try ThresholdBundle().segmenter()
    let (_, heard) = try passes(segmenter, example.volume, SegmentationRequest(threads: 2))
    let unheard = try segmenter.result(of: example.volume)
    #expect(heard.mask == unheard.mask && heard.probability == unheard.probability)
  }
}
