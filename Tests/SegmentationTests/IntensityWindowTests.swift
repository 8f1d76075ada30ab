import Testing

@testable import Segmentation

@Suite struct IntensityWindowTests {
  @Test func mapsTheWindowToZeroToOneAndClipsTheRest() throws {
    let window = try #require(IntensityWindow(low: -100, high: 240, levels: nil))
    #expect(window(-100) == 0)
    #expect(window(240) == 1)
    #expect(window(70) == 0.5)
    #expect(window(Int16.min) == 0)
    #expect(window(Int16.max) == 1)
  }

  @Test func levelsRoundAsTheTrainingDid() throws {
    let window = try #require(IntensityWindow(low: -100, high: 240, levels: 255))
    var worst: Float = 0
    for hounsfield in -1024...3071 {
      let clipped = min(max(Double(hounsfield), -100), 240)
      // The slow twin: numpy's rint((hu + 100) * 255 / 340) / 255.
      let expected = Float(((clipped + 100) * 255 / 340).rounded(.toNearestOrEven) / 255)
      worst = max(worst, abs(window(Int16(hounsfield)) - expected))
    }
    #expect(worst <= 1e-7, "worst difference \(worst)")
  }

  @Test func fillsAStridedRow() throws {
    let window = try #require(IntensityWindow(low: 0, high: 10, levels: nil))
    let voxels: [Int16] = [0, 99, 5, 99, 10, 99, -3]
    var row = [Float](repeating: .nan, count: 4)
    voxels.withUnsafeBufferPointer { voxels in
      row.withUnsafeMutableBufferPointer { window.fill($0, from: voxels, offset: 0, stride: 2) }
    }
    #expect(row == [0, 0.5, 1, 0])
  }

  @Test(
    arguments: [(240.0, -100.0, nil), (0, 0, nil), (-1e9, 0, nil), (.nan, 0, nil), (0, 1, 0)]
      as [(Double, Double, Int?)])
  func refusesWhatIsNoWindow(_ low: Double, _ high: Double, _ levels: Int?) {
    #expect(IntensityWindow(low: low, high: high, levels: levels) == nil)
  }
}
