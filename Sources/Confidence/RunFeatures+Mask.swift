import Glibc
public import Volumes

/// A finished run on the working grid, as the features need it.
public struct MaskEvidence {
  /// Whole HU.
  public let volume: Volume
  /// Z*, foreground 1.
  public let mask: LabelMap
  /// round(255 * mean probability), [z, y, x].
  public let probability: [UInt8]
  /// A bit for each view that found the voxel, [z, y, x]; nil where the mask was given and no round ran.
  public let viewBits: [UInt8]?
  /// The voxels that come from the image; padding outside of it counts nowhere.
  public let box: VoxelBox

  /// Takes arrays of the volume's size.
  public init(
    volume: Volume, mask: LabelMap, probability: [UInt8], viewBits: [UInt8]?, box: VoxelBox
  ) {
    precondition(mask.labels.count == volume.voxels.count && probability.count == volume.voxels.count)
    precondition(viewBits.map { $0.count == volume.voxels.count } ?? true)
    (self.volume, self.mask, self.probability) = (volume, mask, probability)
    (self.viewBits, self.box) = (viewBits, box)
  }
}

extension RunFeatures {
  /// The features of mask, probability and the HU under the mask; empty without foreground. Cost: two passes.
  public init(_ evidence: MaskEvidence) {
    self.init()
    let size = evidence.volume.size
    let box = evidence.box
    var sums = Sums()
    evidence.volume.voxels.withUnsafeBufferPointer { voxels in
      evidence.mask.labels.withUnsafeBufferPointer { labels in
        evidence.probability.withUnsafeBufferPointer { probability in
          for z in box.z {
            for y in box.y {
              let row = (z * size.y + y) * size.x
              for x in box.x {
                let index = row + x
                sums.histogram[Int(probability[index])] &+= 1
                guard labels[index] != 0 else { continue }
                sums.add(hounsfield: Int(voxels[index]), probability: Int(probability[index]))
                let atBorder =
                  x == box.x.lowerBound || x == box.x.upperBound - 1 || y == box.y.lowerBound
                  || y == box.y.upperBound - 1 || z == box.z.lowerBound || z == box.z.upperBound - 1
                if atBorder { sums.border += 1 }
                func outside(_ axis: Axis, _ position: Int) -> Bool {
                  let stride = size.stride(along: axis)
                  return position == box[axis].lowerBound || labels[index - stride] == 0
                    || position == box[axis].upperBound - 1 || labels[index + stride] == 0
                }
                if outside(.x, x) || outside(.y, y) || outside(.z, z) { sums.surface += 1 }
              }
            }
          }
        }
      }
    }
    guard sums.count > 0 else { return }
    fill(from: sums, evidence)
  }

  private mutating func fill(from sums: Sums, _ evidence: MaskEvidence) {
    let count = Double(sums.count)
    var (allProbability, entropy) = (0.0, 0.0)
    for (level, voxels) in sums.histogram.enumerated() {
      let p = Double(level) / 255
      allProbability += p * Double(voxels)
      // The levels at both ends are most of the volume and next to certain.
      if p > 0.02, p < 0.98 { entropy -= (p * log(p) + (1 - p) * log(1 - p)) * Double(voxels) }
    }
    self[.softDice] = 2 * sums.probability / 255 / (allProbability + count)
    self[.entropy] = entropy / count
    self[.meanProbability] = sums.probability / 255 / count
    self[.volume] = count * evidence.volume.geometry.voxelMillilitres
    self[.borderContact] = Double(sums.border) / count
    self[.surfaceShare] = Double(sums.surface) / count
    let mean = sums.hounsfield / count
    self[.hounsfieldMean] = mean
    self[.hounsfieldSpread] = max(0, sums.squares / count - mean * mean).squareRoot()
    let largest = ConnectedComponents(of: evidence.mask).sizes.max() ?? 0
    self[.largestComponent] = Double(largest) / Double(max(evidence.mask.foregroundCount, 1))
    if let bits = evidence.viewBits {
      let (any, all) = bits.reduce(into: (0, 0)) { counts, bits in
        counts.0 += bits & 7 == 0 ? 0 : 1
        counts.1 += bits & 7 == 7 ? 1 : 0
      }
      self[.unanimity] = any == 0 ? nil : Double(all) / Double(any)
    }
  }

  /// What one pass adds up.
  private struct Sums {
    /// Voxels for each level of the probability.
    var histogram = [Int](repeating: 0, count: 256)
    var count = 0
    var border = 0
    var surface = 0
    var probability = 0.0
    var hounsfield = 0.0
    var squares = 0.0

    mutating func add(hounsfield value: Int, probability level: Int) {
      count += 1
      probability += Double(level)
      hounsfield += Double(value)
      squares += Double(value * value)
    }
  }
}
