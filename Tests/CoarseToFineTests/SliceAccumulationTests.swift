import Testing
import Volumes

@testable import CoarseToFine

@Suite struct SliceAccumulationTests {
  /// Feeds a prediction for each box and returns the averaged slices, 0 where nothing was handed out.
  private func accumulate(
    _ boxes: [BoundingBox?], slice: SliceSize, channels: Int,
    value: (_ slice: Int, _ channel: Int, _ pixel: Int) -> Float
  ) throws -> (slices: [[Float]], order: [Int]) {
    var accumulation = SliceAccumulation(sliceCount: boxes.count, slice: slice, channels: channels)
    var slices = [[Float]](repeating: [Float](repeating: 0, count: slice.pixelCount), count: boxes.count)
    var order: [Int] = []
    func collect(_ number: Int, _ box: BoundingBox, _ probabilities: UnsafeBufferPointer<Float>) {
      order.append(number)
      slices[number] = Array(probabilities)
    }
    for (number, box) in boxes.enumerated() {
      guard let box else { continue }
      let values = (0..<channels).flatMap { channel in
        (0..<box.size.pixelCount).map { value(number, channel, $0) }
      }
      let prediction = try #require(CropProbabilities(channels: channels, size: box.size, values: values))
      accumulation.add(prediction, slice: number, box: box, handOut: collect)
    }
    accumulation.finish(handOut: collect)
    return (slices, order)
  }

  private let pixel = SliceSize(rows: 1, columns: 1)

  @Test(arguments: [1, 2, 3, 4, 7]) func aFullPassOfOnesAveragesToOneInVolumesOf(_ slices: Int) throws {
    for channels in [1, 3] {
      let boxes = [BoundingBox?](repeating: BoundingBox(wholeOf: pixel), count: slices)
      let result = try accumulate(boxes, slice: pixel, channels: channels) { _, _, _ in 1 }
      #expect(result.slices == [[Float]](repeating: [1], count: slices))
      #expect(result.order == Array(0..<slices))
    }
  }

  @Test func eachSliceAveragesWhatItsNeighboursSayAboutIt() throws {
    let boxes = [BoundingBox?](repeating: BoundingBox(wholeOf: pixel), count: 4)
    let result = try accumulate(boxes, slice: pixel, channels: 3) { slice, channel, _ in
      Float(1 << (slice * 3 + channel))
    }
    // Slice 0: channel 1 of crop 0, channel 0 of crop 1. Slice 1: channel 2 of 0, 1 of 1, 0 of 2. And so on.
    #expect(result.slices[0] == [(2 + 8) / 2])
    #expect(result.slices[1] == [(4 + 16 + 64) / 3])
    #expect(result.slices[2] == [(32 + 128 + 512) / 3])
    #expect(result.slices[3] == [(256 + 1024) / 2])
  }

  @Test func oneChannelIsTheMiddleSliceAlone() throws {
    let box = BoundingBox(wholeOf: pixel)
    let result = try accumulate([box, nil, box], slice: pixel, channels: 1) { slice, _, _ in Float(slice) + 0.25 }
    #expect(result.slices == [[0.25], [0], [2.25]])
  }

  @Test func skippedNeighboursStayInTheDivisor() throws {
    let box = BoundingBox(wholeOf: pixel)
    let result = try accumulate([nil, nil, box, nil, nil, box], slice: pixel, channels: 3) { _, _, _ in 1 }
    let (third, half): (Float, Float) = (1 / 3, 1 / 2)
    #expect(result.slices == [[0], [third], [third], [third], [third], [half]])
    #expect(result.order == [1, 2, 3, 4, 5])
  }

  @Test func nothingIsHandedOutWithoutCrops() throws {
    let result = try accumulate([nil, nil, nil], slice: pixel, channels: 3) { _, _, _ in 1 }
    #expect(result.order.isEmpty)
  }

  @Test(arguments: [1, 3]) func randomBoxesAddUpAsInAWholeVolume(_ channels: Int) throws {
    var generator = SeededGenerator(seed: 31)
    let slice = SliceSize(rows: 5, columns: 7)
    for count in 1...9 {
      let boxes: [BoundingBox?] = (0..<count).map { _ in
        guard Bool.random(using: &generator) else { return nil }
        let (top, left) = (Int.random(in: 0..<5, using: &generator), Int.random(in: 0..<7, using: &generator))
        return BoundingBox(
          rows: top..<Int.random(in: top + 1...5, using: &generator),
          columns: left..<Int.random(in: left + 1...7, using: &generator))
      }
      let value = { (slice: Int, channel: Int, pixel: Int) in Float((slice * 31 + channel * 7 + pixel) % 13) / 16 }
      let fast = try accumulate(boxes, slice: slice, channels: channels, value: value)
      var slow = [[Float]](repeating: [Float](repeating: 0, count: 35), count: count)
      for (number, box) in boxes.enumerated() {
        guard let box else { continue }
        for channel in 0..<channels where (0..<count).contains(number + channel - channels / 2) {
          for (index, row) in box.rows.enumerated() {
            for (offset, column) in box.columns.enumerated() {
              slow[number + channel - channels / 2][row * 7 + column] +=
                value(number, channel, index * box.columns.count + offset)
            }
          }
        }
      }
      for number in 0..<count {
        let neighbours = channels == 1 ? 1 : [number - 1, number, number + 1].filter { (0..<count).contains($0) }.count
        slow[number] = slow[number].map { $0 / Float(neighbours) }
      }
      #expect(fast.slices == slow)
    }
  }
}
