import CoarseToFine
import ModelBundle
import Testing
import Volumes

@testable import Segmentation

/// What a run is said to take, and what it does when it may not take as much.
@Suite struct RunForecastTests {
  private static func geometry(_ x: Int, _ y: Int, _ z: Int) throws -> VolumeGeometry {
    try VolumeGeometry(
      size: try #require(VolumeSize(x: x, y: y, z: z)), spacing: SIMD3(1, 1, 1), origin: .zero,
      direction: VolumeGeometry.identityDirection)
  }

  @Test func memoryAndWorkGrowWithTheVolumeAndMemoryWithTheThreads() throws {
    let segmenter = try ThresholdBundle().segmenter()
    func forecast(_ side: Int, threads: Int) throws -> RunForecast {
      try segmenter.forecast(
        Self.geometry(side, side, side), request: SegmentationRequest(threads: threads), callBytes: 0)
    }
    let (small, large, threaded) = (
      try forecast(64, threads: 1), try forecast(128, threads: 1), try forecast(128, threads: 4)
    )
    #expect(small.bytes < large.bytes && large.bytes < threaded.bytes)
    #expect(small.leanestBytes <= small.bytes && large.leanestBytes == threaded.leanestBytes)
    #expect(small.work.coarse * 7 < large.work.coarse && large.work == threaded.work)
    #expect(threaded.threads == 4)
  }

  @Test func buffersOfTheCallCountByteByByte() throws {
    let segmenter = try ThresholdBundle().segmenter()
    let request = SegmentationRequest(threads: 1)
    let without = try segmenter.forecast(Self.geometry(20, 20, 20), request: request, callBytes: 0)
    let with = try segmenter.forecast(Self.geometry(20, 20, 20), request: request, callBytes: 12_345)
    #expect(with.bytes == without.bytes + 12_345 && with.leanestBytes == without.leanestBytes + 12_345)
  }

  @Test func hostThatWatchesThePassesTakesTwoMapsOfItsGridMore() throws {
    let segmenter = try ThresholdBundle().segmenter()
    var request = SegmentationRequest(threads: 1)
    let alone = try segmenter.forecast(Self.geometry(90, 80, 70), request: request, callBytes: 0)
    request.isWatched = true
    let watched = try segmenter.forecast(Self.geometry(90, 80, 70), request: request, callBytes: 0)
    #expect(watched.bytes == alone.bytes + 2 * 90 * 80 * 70)
  }

  /// Eight times as many voxels of the same patient, on the same working grid: a slab more or less.
  @Test func memoryHangsOnTheWorkingGridAndNotOnTheHosts() throws {
    var bundle = ThresholdBundle()
    bundle.grid.spacingMillimetres = 3
    let segmenter = try bundle.segmenter()
    func bytes(_ side: Int, _ slices: Int, spacing: Double, fromMask: Bool) throws -> Int {
      var request = SegmentationRequest(threads: 1)
      (request.hasInitialMask, request.wantsViewMasks) = (fromMask, true)
      let geometry = try VolumeGeometry(
        size: try #require(VolumeSize(x: side, y: side, z: slices)), spacing: SIMD3(repeating: spacing), origin: .zero,
        direction: VolumeGeometry.identityDirection)
      return try segmenter.forecast(geometry, request: request, callBytes: 0).bytes
    }
    for fromMask in [false, true] {
      let coarse = try bytes(256, 300, spacing: 1.6, fromMask: fromMask)
      let fine = try bytes(512, 600, spacing: 0.8, fromMask: fromMask)
      print("announced from \(fromMask ? "a mask" : "the coarse pass"): \(coarse >> 20) and \(fine >> 20) MiB")
      #expect(abs(fine - coarse) < 8 << 20)
      // Not even one copy of the host's volume would fit.
      #expect(fine < 512 * 512 * 600 * MemoryLayout<Int16>.size)
    }
  }

  @Test func runFromAMaskNeedsNoCoarsePass() throws {
    let segmenter = try ThresholdBundle().segmenter()
    var request = SegmentationRequest(threads: 1)
    request.hasInitialMask = true
    let forecast = try segmenter.forecast(Self.geometry(20, 20, 20), request: request, callBytes: 0)
    #expect(forecast.work.coarse == 0 && forecast.work.fine > 0)
  }

  @Test func budgetThatCannotBeKeptIsRefusedWithBothNumbers() throws {
    let segmenter = try ThresholdBundle().segmenter()
    let example = try BoxVolume()
    var request = SegmentationRequest(threads: 2)
    let leanest = try segmenter.forecast(example.volume.geometry, request: request, callBytes: 0).leanestBytes
    request.memoryBudget = leanest - 1
    #expect {
      try segmenter.result(of: example.volume, request: request)
    } throws: { error in
      guard let error = error as? SegmentationError else { return false }
      return error.code == .resources && error.description.contains("\(leanest - 1)")
        && error.description.contains("\(leanest)")
    }
  }

  /// The leanest schedule: one thread, one network at a time, nothing kept from round to round.
  @Test func leanestScheduleGivesTheSameBits() throws {
    var bundle = ThresholdBundle()
    bundle.profile.threshold = 1
    bundle.profile.rounds = 3
    bundle.profile.inputRegion = .unionOfNeighbours
    let segmenter = try bundle.segmenter()
    let example = try BoxVolume(size: (64, 60, 48), box: (16..<44, 15..<42, 14..<39))
    var request = SegmentationRequest(threads: 2)
    let usual = try segmenter.result(of: example.volume, request: request)
    request.memoryBudget =
      try segmenter.forecast(example.volume.geometry, request: request, callBytes: 0).leanestBytes
    let forecast = try segmenter.forecast(example.volume.geometry, request: request, callBytes: 0)
    #expect(forecast.schedule == RunSchedule(threads: 1, memoBytes: 0, residency: .oneNetwork))
    let lean = try segmenter.result(of: example.volume, request: request)
    #expect(lean.mask == usual.mask && lean.probability == usual.probability && usual.voxels > 1000)
    #expect(lean.rounds.map(\.diceToPrevious) == usual.rounds.map(\.diceToPrevious))
  }
}
