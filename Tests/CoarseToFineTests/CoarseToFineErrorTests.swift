import CoarseToFine
import Testing
import Volumes

/// One test for each code; `profileOutOfRange` is in ProfileTests.
@Suite struct CoarseToFineErrorTests {
  private func code(_ body: () throws -> Void) -> CoarseToFineError.Code? {
    #expect(throws: CoarseToFineError.self, performing: body)?.code
  }

  private func run(_ predict: PredictCrops) throws {
    _ = try FixedPointIteration(profile: .paper, planes: paperPlanes(), size: volumeSize(4, 3, 2))
      .run(predict: predict, checkpoint: { _ in })
  }

  private func ones(_ channels: Int, _ size: SliceSize) throws -> CropProbabilities {
    let values = [Float](repeating: 1, count: channels * size.pixelCount)
    return try #require(CropProbabilities(channels: channels, size: size, values: values))
  }

  @Test func profileOutOfRangeIsFoundBeforeTheRun() throws {
    let (planes, size) = (try paperPlanes(), try volumeSize(4, 3, 2))
    #expect(
      code { _ = try FixedPointIteration(profile: .paper.with { $0.margin = -1 }, planes: planes, size: size) }
        == .profileOutOfRange)
  }

  @Test func planesIncomplete() throws {
    let planes = try paperPlanes()
    let size = try volumeSize(4, 3, 2)
    let wrong = [[], Array(planes.dropLast()), planes + planes.prefix(1), [planes[0], planes[0], planes[1]]]
    for planes in wrong {
      #expect(code { _ = try FixedPointIteration(profile: .paper, planes: planes, size: size) } == .planesIncomplete)
    }
  }

  @Test func boxOutsideVolume() throws {
    let (planes, size) = (try paperPlanes(), try volumeSize(4, 3, 2))
    for (x, z) in [(0..<5, 0..<2), (-1..<2, 0..<2), (0..<4, 2..<3)] {
      let box = try #require(VoxelBox(x: x, y: 0..<3, z: z))
      let found = code {
        _ = try FixedPointIteration(profile: .paper, planes: planes, size: size, measured: box)
      }
      #expect(found == .boxOutsideVolume)
    }
  }

  @Test func maskSizeMismatch() throws {
    let iteration = try FixedPointIteration(profile: .paper, planes: paperPlanes(), size: volumeSize(4, 3, 2))
    let other = LabelMap(empty: try volumeSize(3, 4, 2))
    #expect(
      code { _ = try iteration.run(from: other, predict: { _, _, _ in }, checkpoint: { _ in }) } == .maskSizeMismatch)
    var truncated = LabelMap(empty: try volumeSize(4, 3, 2))
    truncated.labels.removeLast()
    #expect(
      code { _ = try iteration.run(from: truncated, predict: { _, _, _ in }, checkpoint: { _ in }) }
        == .maskSizeMismatch)
  }

  @Test func predictionMismatchForAnotherNumberOfChannels() throws {
    let found = code {
      try run { _, crops, consume in try consume(0, ones(1, crops[0].box.size)) }
    }
    #expect(found == .predictionMismatch)
  }

  @Test func predictionMismatchForAnotherSize() throws {
    let found = code {
      try run { _, crops, consume in
        let size = crops[0].box.size
        try consume(0, ones(3, SliceSize(rows: size.columns, columns: size.rows)))
      }
    }
    #expect(found == .predictionMismatch)
  }

  @Test func predictionMismatchForAnotherOrder() throws {
    for index in [-1, 1, 99] {
      let found = code {
        try run { _, crops, consume in try consume(index, ones(3, crops[0].box.size)) }
      }
      #expect(found == .predictionMismatch)
    }
  }

  @Test func predictionMismatchForMissingAndForSurplusCrops() throws {
    #expect(code { try run { _, _, _ in } } == .predictionMismatch)
    let surplus = code {
      try run { _, crops, consume in
        for index in crops.indices { try consume(index, ones(3, crops[index].box.size)) }
        try consume(crops.count, ones(3, crops[0].box.size))
      }
    }
    #expect(surplus == .predictionMismatch)
  }

  @Test func probabilitiesWithAnotherNumberOfValuesAreRefused() {
    let size = SliceSize(rows: 2, columns: 3)
    #expect(CropProbabilities(channels: 3, size: size, values: [0]) == nil)
    #expect(CropProbabilities(channels: 0, size: size, values: []) == nil)
    #expect(CropProbabilities(channels: 1, size: SliceSize(rows: 0, columns: 3), values: []) == nil)
    #expect(CropProbabilities(channels: 1, size: SliceSize(rows: -1, columns: -1), values: [0]) == nil)
    #expect(CropProbabilities(channels: .max, size: SliceSize(rows: .max, columns: 2), values: [0]) == nil)
  }
}
