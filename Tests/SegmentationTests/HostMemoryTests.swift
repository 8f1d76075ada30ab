import ModelBundle
import Synchronization
import Testing
import Volumes

@testable import Segmentation

/// A run that reads from and writes into a host's memory gives the bits of the one that makes arrays.
@Suite struct HostMemoryTests {
  /// A mask, single-precision probabilities and the views' masks of one volume, between bytes that nobody may touch.
  private struct Memory {
    static let guardBytes = 64
    let count: Int
    var mask: [UInt8], probability: [UInt8], views: [UInt8]

    init(_ count: Int) {
      self.count = count
      func bytes(_ inner: Int) -> [UInt8] { [UInt8](repeating: 0x5a, count: inner + 2 * Self.guardBytes) }
      (mask, probability, views) = (bytes(count), bytes(4 * count), bytes(count))
    }

    var areGuardsWhole: Bool {
      [mask, probability, views].allSatisfy { bytes in
        (bytes.prefix(Self.guardBytes) + bytes.suffix(Self.guardBytes)).allSatisfy { $0 == 0x5a }
      }
    }

    func inner(_ bytes: [UInt8]) -> [UInt8] { Array(bytes.dropFirst(Self.guardBytes).dropLast(Self.guardBytes)) }

    mutating func segment(
      _ segmenter: Segmenter, _ volume: Volume, from region: InitialRegion?, request: SegmentationRequest,
      control: RunControl = RunControl()
    ) throws -> RunOutcome<SegmentationSummary> {
      func inner(_ bytes: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: bytes[Self.guardBytes..<bytes.count - Self.guardBytes])
      }
      return try volume.voxels.withUnsafeBytes { voxels in
        try mask.withUnsafeMutableBytes { mask in
          try probability.withUnsafeMutableBytes { probability in
            try views.withUnsafeMutableBytes { views in
              try segmenter.segment(
                StridedVoxels(element: .int16, base: #require(voxels.baseAddress), size: volume.size),
                geometry: volume.geometry, from: region,
                into: ResultMaps(
                  mask: HostMap(inner(mask)), probability: HostMap(inner(probability), element: .float32),
                  viewMasks: HostMap(inner(views))), request: request, control: control)
            }
          }
        }
      }
    }
  }

  private func bundle() -> ThresholdBundle {
    var bundle = ThresholdBundle()
    bundle.grid.spacingMillimetres = 1.5
    bundle.grid.minimumSize = [1, 1, 30]
    bundle.temperature = 20
    return bundle
  }

  @Test func everyOrientationGivesTheBitsOfTheArrays() throws {
    let example = try BoxVolume(background: 0)
    let segmenter = try bundle().segmenter()
    var request = SegmentationRequest(threads: 1, rounds: 1)
    request.wantsViewMasks = true
    var found = 0
    for order in AxisOrder.all {
      let volume = example.volume.reordered(by: order)
      let arrays = try segmenter.result(of: volume, request: request)
      var memory = Memory(volume.size.voxelCount)
      guard case .finished(let summary) = try memory.segment(segmenter, volume, from: nil, request: request) else {
        Issue.record("cancelled")
        return
      }
      #expect(memory.areGuardsWhole && memory.inner(memory.mask) == arrays.mask.labels, "\(order)")
      #expect(memory.inner(memory.views) == (try #require(arrays.viewMasks)), "\(order)")
      let floats = arrays.probability.flatMap { level in withUnsafeBytes(of: Float(level) / 255) { Array($0) } }
      #expect(memory.inner(memory.probability) == floats, "\(order)")
      #expect(summary.voxels == arrays.mask.foregroundCount && summary.voxels > 100 && summary.flags == arrays.flags)
      found += Set(arrays.probability).count
    }
    #expect(found > 48 * 5)
  }

  @Test func boxIsTheMaskOfItsVoxels() throws {
    let example = try BoxVolume(background: 0)
    let segmenter = try bundle().segmenter()
    let box = try #require(VoxelBox(x: 7..<15, y: 4..<11, z: 3..<9))
    var labels = LabelMap(empty: example.volume.size)
    for z in box.z {
      for y in box.y {
        for x in box.x { labels.labels[(z * labels.size.y + y) * labels.size.x + x] = 9 }
      }
    }
    for rounds in [0, 2] {
      var request = SegmentationRequest(threads: 1, rounds: rounds, threshold: 1)
      request.initialMask = labels
      request.wantsViewMasks = true
      let wanted = try segmenter.result(of: example.volume, request: request)
      var memory = Memory(labels.size.voxelCount)
      guard case .finished = try memory.segment(segmenter, example.volume, from: .box(box), request: request) else {
        Issue.record("cancelled")
        return
      }
      #expect(memory.inner(memory.mask) == wanted.mask.labels && !wanted.mask.isEmpty && memory.areGuardsWhole)
      #expect(memory.inner(memory.views) == wanted.viewMasks)
      // Without a round there are no views.
      #expect((wanted.viewMasks?.contains { $0 != 0 } == true) == (rounds > 0))
    }
  }

  @Test func cancellingInTheLastStepIsHeard() throws {
    let example = try BoxVolume(background: 0)
    let segmenter = try bundle().segmenter()
    let isFinishing = Atomic<Int>(0)
    var shares: [Double] = []
    var memory = Memory(example.volume.size.voxelCount)
    let outcome = try memory.segment(
      segmenter, example.volume, from: nil, request: SegmentationRequest(threads: 1),
      control: RunControl(
        progress: { progress in
          if progress.stage == .finish {
            shares.append(progress.fraction)
            isFinishing.add(1, ordering: .relaxed)
          }
        }, isCancelled: { isFinishing.load(ordering: .relaxed) >= 20 }))
    guard case .cancelled = outcome else {
      Issue.record("not cancelled")
      return
    }
    #expect(shares.count == 20 && shares == shares.sorted() && memory.areGuardsWhole)
  }
}
