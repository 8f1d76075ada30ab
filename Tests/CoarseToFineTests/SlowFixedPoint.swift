import CoarseToFine
import Volumes

/// The slow twin of `FixedPointIteration`, straight from method.md: whole float volumes, no memo, boxes pixel by pixel.
struct SlowFixedPoint {
  let profile: Profile
  let planes: [SlicePlane]
  let size: VolumeSize
  let predictor: SyntheticPredictor

  struct Outcome {
    var mask: [UInt8]
    var probability: [UInt8]
    var viewBits: [UInt8]
    var dice: [Double] = []
    var voxels: [Int] = []
    var computed: [Int] = []
    var reused: [Int] = []
    var end = FixedPointResult.End.roundsUsedUp
  }

  /// One pass: a mask, 255 * mean probability and a bit a view.
  struct Pass {
    var mask: [UInt8]
    var probability: [UInt8]
    var viewBits: [UInt8]
  }

  func run() throws -> Outcome {
    let coarse = try pass(.coarse, rule: profile.coarseFusion) { plane, _ in
      BoundingBox(wholeOf: plane.sliceSize(in: size))
    }
    return try iterate(from: coarse)
  }

  func iterate(from start: Pass) throws -> Outcome {
    var outcome = Outcome(mask: start.mask, probability: start.probability, viewBits: start.viewBits)
    guard start.mask.contains(1) else {
      outcome.end = .empty
      return outcome
    }
    var boxesBefore: [[BoundingBox?]]?
    for _ in 0..<profile.maximumRounds {
      let previous = outcome.mask
      let boxes = inOrder.map { plane in
        (0..<plane.sliceCount(in: size)).map { box(around: previous, plane, slice: $0) }
      }
      var next = try pass(.fine, rule: profile.fineFusion) { plane, slice in
        boxes[inOrder.firstIndex(of: plane) ?? 0][slice]
      }
      if let ratio = profile.componentRatio { next.mask = filtered(next.mask, ratio: ratio) }
      let (all, before) = (boxes.flatMap { $0 }, boxesBefore?.flatMap { $0 })
      let same = all.indices.filter { all[$0] != nil && before?[$0] == all[$0] }.count
      outcome.computed.append(all.filter { $0 != nil }.count - same)
      outcome.reused.append(same)
      boxesBefore = boxes
      let both = next.mask.indices.filter { next.mask[$0] == 1 && previous[$0] == 1 }.count
      let (count, countBefore) = (next.mask.filter { $0 == 1 }.count, previous.filter { $0 == 1 }.count)
      let dice = 2 * Double(both) / Double(count + countBefore)
      outcome.dice.append(dice)
      outcome.voxels.append(count)
      if count == 0 {
        outcome.end = .collapsed
        return outcome
      }
      (outcome.mask, outcome.probability, outcome.viewBits) = (next.mask, next.probability, next.viewBits)
      if profile.stopComparison == .above ? dice > profile.threshold : dice >= profile.threshold {
        outcome.end = .converged
        return outcome
      }
    }
    return outcome
  }

  /// Coronal, sagittal, axial.
  private var inOrder: [SlicePlane] {
    View.allCases.compactMap { view in planes.first { $0.view == view } }
  }

  private func voxel(_ plane: SlicePlane, _ slice: Int, _ row: Int, _ column: Int) -> Int {
    var at = [0, 0, 0]
    at[plane.view.sliceAxis.rawValue] = slice
    at[plane.rowAxis.rawValue] = row
    at[plane.columnAxis.rawValue] = column
    return (at[2] * size.y + at[1]) * size.x + at[0]
  }

  private func box(around mask: [UInt8], _ plane: SlicePlane, slice: Int) -> BoundingBox? {
    let pixels = plane.sliceSize(in: size)
    let reach = profile.inputRegion == .ownSlice ? 0 : 1
    var (rows, columns) = ([Int](), [Int]())
    for neighbour in slice - reach...slice + reach where (0..<plane.sliceCount(in: size)).contains(neighbour) {
      for row in 0..<pixels.rows {
        for column in 0..<pixels.columns where mask[voxel(plane, neighbour, row, column)] == 1 {
          rows.append(row)
          columns.append(column)
        }
      }
    }
    guard let top = rows.min(), let bottom = rows.max(), let left = columns.min(), let right = columns.max() else {
      return nil
    }
    let margin = profile.margin
    return BoundingBox(
      rows: max(0, top - margin)..<min(pixels.rows, bottom + margin + 1),
      columns: max(0, left - margin)..<min(pixels.columns, right + margin + 1))
  }

  private func pass(
    _ stage: Stage, rule: Profile.FusionRule, box: (SlicePlane, Int) -> BoundingBox?
  ) throws -> Pass {
    var views: [[Float]] = []
    for plane in inOrder {
      let slices = plane.sliceCount(in: size)
      let reach = profile.slicesPredicted / 2
      let isSparse = stage == .coarse && profile.coarseSampling == .everyThirdSlice
      /// 1, 4, 7 ... and the last one where its neighbour is not among them.
      let computed = (0..<slices).filter { slice in
        !isSparse || slice % 3 == 1 || (slice == slices - 1 && slice % 3 == 0)
      }
      var volume = [Float](repeating: 0, count: size.voxelCount)
      for slice in computed {
        guard let box = box(plane, slice) else { continue }
        let crop = Crop(plane: plane, slice: slice, box: box)
        for channel in 0..<profile.slicesPredicted where (0..<slices).contains(slice + channel - reach) {
          for row in box.rows {
            for column in box.columns {
              volume[voxel(plane, slice + channel - reach, row, column)] +=
                predictor.probability(stage, crop, channel: channel, row: row, column: column)
            }
          }
        }
      }
      let pixels = plane.sliceSize(in: size)
      for slice in 0..<slices {
        let contributions = computed.filter { abs($0 - slice) <= reach }.count
        if isSparse && reach == 0 && contributions == 0 {
          // One map: between the computed slices on both sides, or that of one side.
          let (below, above) = (computed.last { $0 < slice }, computed.first { $0 > slice })
          let weight = below.flatMap { low in above.map { Float(slice - low) / Float($0 - low) } } ?? 0
          for row in 0..<pixels.rows {
            for column in 0..<pixels.columns {
              let from = volume[voxel(plane, below ?? above ?? 0, row, column)]
              let to = volume[voxel(plane, above ?? below ?? 0, row, column)]
              volume[voxel(plane, slice, row, column)] = from + weight * (to - from)
            }
          }
          continue
        }
        for row in 0..<pixels.rows {
          for column in 0..<pixels.columns { volume[voxel(plane, slice, row, column)] /= Float(contributions) }
        }
      }
      views.append(volume)
    }
    var result = Pass(mask: [], probability: [], viewBits: [])
    for voxel in 0..<size.voxelCount {
      let probabilities = views.map { $0[voxel] }
      let mean = (probabilities[0] + probabilities[1] + probabilities[2]) / 3
      let votes = probabilities.filter { $0 >= 0.5 }.count
      result.mask.append((rule == .majority ? votes >= 2 : mean >= 0.5) ? 1 : 0)
      result.probability.append(UInt8((255 * mean).rounded()))
      result.viewBits.append(
        (probabilities[0] >= 0.5 ? 1 : 0) + (probabilities[1] >= 0.5 ? 2 : 0) + (probabilities[2] >= 0.5 ? 4 : 0))
    }
    return result
  }

  /// Components by flood fill; those below the ratio of the largest vanish, unless half the volume is foreground.
  private func filtered(_ mask: [UInt8], ratio: Double) -> [UInt8] {
    guard 2 * mask.filter({ $0 == 1 }).count < mask.count else { return mask }
    var left = mask
    var components: [[Int]] = []
    for seed in left.indices where left[seed] == 1 {
      var (component, waiting) = ([Int](), [seed])
      left[seed] = 0
      while let voxel = waiting.popLast() {
        component.append(voxel)
        let (x, y, z) = (voxel % size.x, voxel / size.x % size.y, voxel / size.x / size.y)
        for (nx, ny, nz) in [(x - 1, y, z), (x + 1, y, z), (x, y - 1, z), (x, y + 1, z), (x, y, z - 1), (x, y, z + 1)]
        where (0..<size.x).contains(nx) && (0..<size.y).contains(ny) && (0..<size.z).contains(nz) {
          let neighbour = (nz * size.y + ny) * size.x + nx
          if left[neighbour] == 1 {
            left[neighbour] = 0
            waiting.append(neighbour)
          }
        }
      }
      components.append(component)
    }
    let largest = components.map(\.count).max() ?? 0
    var kept = [UInt8](repeating: 0, count: mask.count)
    for voxel in components.filter({ Double($0.count) >= ratio * Double(largest) }).joined() { kept[voxel] = 1 }
    return kept
  }
}
