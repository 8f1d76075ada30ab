/// One bit per voxel in rows of 64-bit words: an eighth of a label map's memory, 64 voxels per operation.
struct VoxelBits: Hashable, Sendable {
  /// Voxels along each axis.
  let size: VolumeSize
  /// Words of one row along x.
  let wordsPerRow: Int
  /// [z, y, word]; voxel x is bit x % 64 of word x / 64; bits behind the end of a row are 0.
  private(set) var words: [UInt64]

  /// The voxels of `volume` above `threshold` HU. Cost: one pass.
  init(of volume: Volume, above threshold: Int16) {
    size = volume.size
    wordsPerRow = (size.x + 63) / 64
    words = [UInt64](repeating: 0, count: wordsPerRow * size.y * size.z)
    let (columns, wordsPerRow, rowCount) = (size.x, wordsPerRow, size.y * size.z)
    volume.voxels.withUnsafeBufferPointer { voxels in
      words.withUnsafeMutableBufferPointer { words in
        for row in 0..<rowCount {
          for word in 0..<wordsPerRow {
            let start = word * 64
            var bits: UInt64 = 0
            for bit in 0..<min(64, columns - start) {
              bits |= (voxels[row &* columns &+ start &+ bit] > threshold ? 1 : 0) &<< UInt64(truncatingIfNeeded: bit)
            }
            words[row &* wordsPerRow &+ word] = bits
          }
        }
      }
    }
  }

  /// Binary opening: `iterations` erosions, then as many dilations, by the cross of a voxel and its six neighbours.
  ///
  /// Outside the volume lies background, also for the erosions: foreground at a border is eroded from there.
  mutating func open(iterations: Int) {
    guard iterations > 0 else { return }
    for _ in 0..<iterations { apply(.erosion) }
    for _ in 0..<iterations { apply(.dilation) }
  }

  private enum Operation { case erosion, dilation }

  private mutating func apply(_ operation: Operation) {
    let (wordsPerRow, size) = (wordsPerRow, size)
    let lastWord = ~UInt64(0) >> UInt64((64 - size.x % 64) % 64)
    let source = words
    let zeroRow = [UInt64](repeating: 0, count: wordsPerRow)
    source.withUnsafeBufferPointer { source in
      zeroRow.withUnsafeBufferPointer { outside in
        words.withUnsafeMutableBufferPointer { output in
          guard let source = source.baseAddress, let outside = outside.baseAddress, let output = output.baseAddress
          else { return }
          for z in 0..<size.z {
            for y in 0..<size.y {
              let offset = (z * size.y + y) * wordsPerRow
              let centre = source + offset
              let neighbours = CrossRows(
                anterior: y > 0 ? centre - wordsPerRow : outside,
                posterior: y + 1 < size.y ? centre + wordsPerRow : outside,
                below: z > 0 ? centre - wordsPerRow * size.y : outside,
                above: z + 1 < size.z ? centre + wordsPerRow * size.y : outside)
              for word in 0..<wordsPerRow {
                let own = centre[word]
                let fromLeft = own << 1 | (word > 0 ? centre[word - 1] >> 63 : 0)
                let fromRight = own >> 1 | (word + 1 < wordsPerRow ? centre[word + 1] << 63 : 0)
                let result =
                  switch operation {
                  case .erosion: own & fromLeft & fromRight & neighbours.all(word)
                  case .dilation: own | fromLeft | fromRight | neighbours.any(word)
                  }
                output[offset + word] = word + 1 == wordsPerRow ? result & lastWord : result
              }
            }
          }
        }
      }
    }
  }
}

/// The four rows beside a row.
private struct CrossRows {
  let anterior: UnsafePointer<UInt64>
  let posterior: UnsafePointer<UInt64>
  let below: UnsafePointer<UInt64>
  let above: UnsafePointer<UInt64>

  @inline(__always) func all(_ word: Int) -> UInt64 { anterior[word] & posterior[word] & below[word] & above[word] }
  @inline(__always) func any(_ word: Int) -> UInt64 { anterior[word] | posterior[word] | below[word] | above[word] }
}

extension VoxelBits {
  /// Calls `body` for every run of foreground, in memory order (z, then y, then x).
  func forEachForegroundRun(_ body: (ForegroundRun) -> Void) {
    for z in 0..<size.z {
      for y in 0..<size.y {
        let start = (z * size.y + y) * wordsPerRow
        var x = 0
        while let first = next(true, from: x, rowStart: start) {
          let end = next(false, from: first, rowStart: start) ?? size.x
          body(ForegroundRun(x: first..<end, y: y, z: z))
          x = end
        }
      }
    }
  }

  /// The first voxel at or after x with the wanted value, nil when there is none in the row.
  private func next(_ wanted: Bool, from x: Int, rowStart: Int) -> Int? {
    guard x < size.x else { return nil }
    var word = x / 64
    var mask = ~UInt64(0) << UInt64(x % 64)
    while word < wordsPerRow {
      let bits = (wanted ? words[rowStart + word] : ~words[rowStart + word]) & mask
      if bits != 0 {
        let found = word * 64 + bits.trailingZeroBitCount
        return found < size.x ? found : nil
      }
      (word, mask) = (word + 1, ~0)
    }
    return nil
  }
}
