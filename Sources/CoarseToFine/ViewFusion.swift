import Volumes

/// Folds the probabilities of three views into one mask, slice by slice.
///
/// Holds the sum of the three probabilities (Float32) and a bit a view: five bytes a voxel, made once and reused by
/// every round; four more where a temperature changes the returned probabilities. Views must be added in the order coronal, sagittal, axial: the sums are then the same bits on every run.
struct ViewFusion {
  private let size: VolumeSize
  /// Sum of the views' probabilities, [z, y, x].
  private var sums: [Float]
  /// What each view calls foreground, as in `ViewMasks`, [z, y, x].
  private var bits: [UInt8]
  /// Sum of the views' probabilities after their temperatures, [z, y, x]; empty where none changes anything.
  private var tempered: [Float]
  private let temperatures: Temperatures
  private var stage = Stage.coarse

  /// Every probability starts at 0, for a coarse pass.
  init(size: VolumeSize, temperatures: Temperatures = .none) {
    self.size = size
    self.temperatures = temperatures
    sums = [Float](repeating: 0, count: size.voxelCount)
    bits = [UInt8](repeating: 0, count: size.voxelCount)
    tempered = temperatures.changesNothing ? [] : sums
  }

  /// Sets every probability back to 0, for a pass of a stage's networks.
  mutating func reset(for stage: Stage) {
    self.stage = stage
    sums.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    bits.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
    tempered.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
  }

  /// Adds one slice of one view: the whole slice's probabilities, [rows, columns], of which only `box` is read.
  mutating func add(_ plane: SlicePlane, slice: Int, box: BoundingBox, probabilities: UnsafeBufferPointer<Float>) {
    let sliceSize = plane.sliceSize(in: size)
    precondition(slice >= 0 && slice < plane.sliceCount(in: size) && box.lies(within: sliceSize))
    precondition(probabilities.count == sliceSize.pixelCount)
    let bit = ViewMasks.bit(of: plane.view)
    let origin = slice * size.stride(along: plane.view.sliceAxis)
    let alongRows = Walk(range: box.rows, voxels: size.stride(along: plane.rowAxis), pixels: sliceSize.columns)
    let alongColumns = Walk(range: box.columns, voxels: size.stride(along: plane.columnAxis), pixels: 1)
    // The inner loop runs along the axis that is nearer in the volume: several times faster for coronal, sagittal.
    let rowsInside = alongRows.voxels < alongColumns.voxels
    let (outer, inner) = rowsInside ? (alongColumns, alongRows) : (alongRows, alongColumns)
    sums.withUnsafeMutableBufferPointer { sums in
      bits.withUnsafeMutableBufferPointer { bits in
        for first in outer.range {
          for second in inner.range {
            let voxel = origin + first * outer.voxels + second * inner.voxels
            let probability = probabilities[first * outer.pixels + second * inner.pixels]
            sums[voxel] += probability
            if probability >= 0.5 { bits[voxel] |= bit }
          }
        }
      }
    }
    guard !tempered.isEmpty else { return }
    let temperature = temperatures[stage, plane.view]
    tempered.withUnsafeMutableBufferPointer { tempered in
      for first in outer.range {
        for second in inner.range {
          let voxel = origin + first * outer.voxels + second * inner.voxels
          let probability = probabilities[first * outer.pixels + second * inner.pixels]
          tempered[voxel] +=
            temperature == 1 ? probability : Temperatures.apply(temperature, to: probability)
        }
      }
    }
  }

  /// One direction of a slice: which pixels, and how far apart they lie in the volume and in the slice.
  private struct Walk {
    let range: Range<Int>
    let voxels: Int
    let pixels: Int
  }

  /// The fused mask, 0 or 1: two of three views, or a mean probability of at least 0.5. Cost: one pass.
  func mask(_ rule: Profile.FusionRule) -> LabelMap {
    var mask = LabelMap(empty: size)
    mask.labels.withUnsafeMutableBufferPointer { labels in
      switch rule {
      case .majority:
        bits.withUnsafeBufferPointer { bits in
          // Codes 3, 5, 6 and 7 have two bits or more.
          for voxel in labels.indices { labels[voxel] = (0b1110_1000 >> (bits[voxel] & 7)) & 1 }
        }
      case .mean:
        sums.withUnsafeBufferPointer { sums in
          for voxel in labels.indices { labels[voxel] = sums[voxel] >= 1.5 ? 1 : 0 }
        }
      }
    }
    return mask
  }

  /// round(255 * mean of the views' probabilities), [z, y, x]; 0 where a network answered NaN. Cost: one pass.
  func probability() -> [UInt8] { Self.bytes(ofMean: sums) }

  /// Mean of the views' probabilities, [z, y, x], as a network of the next round sees it. Cost: one pass.
  func meanProbability() -> [Float] { sums.map { $0 / 3 } }

  /// The same after each view's temperature; nil where no temperature changes anything.
  func temperedProbability() -> [UInt8]? { tempered.isEmpty ? nil : Self.bytes(ofMean: tempered) }

  private static func bytes(ofMean sums: [Float]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: sums.count) { probability, count in
      sums.withUnsafeBufferPointer { sums in
        for voxel in sums.indices {
          let scaled = sums[voxel] / 3 * 255
          // Written so that NaN and values outside 0 ... 255 cannot reach the conversion.
          guard scaled > 0, scaled < 254.5 else {
            probability[voxel] = scaled >= 254.5 ? 255 : 0
            continue
          }
          let whole = UInt8(scaled)
          probability[voxel] = scaled - Float(whole) >= 0.5 ? whole + 1 : whole
        }
        count = sums.count
      }
    }
  }

  /// The views' own masks so far. The next `reset` makes room for new ones.
  var viewMasks: ViewMasks? { ViewMasks(size: size, bits: bits) }
}
