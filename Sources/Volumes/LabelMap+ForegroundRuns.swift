/// Foreground voxels that follow each other along x, as long as possible.
public struct ForegroundRun: Hashable, Sendable {
  /// Columns covered, never empty.
  public let x: Range<Int>
  /// Row of the run.
  public let y: Int
  /// Axial slice of the run.
  public let z: Int
}

extension LabelMap {
  /// Calls `body` for every run of foreground, in memory order (z, then y, then x).
  ///
  /// The cheap way to look at a mask that is mostly background: empty stretches are skipped eight voxels at a time.
  /// Cost: one pass; 512 x 512 x 240 voxels with an organ in them take some ten milliseconds in a release build.
  public func forEachForegroundRun(_ body: (ForegroundRun) -> Void) {
    precondition(labels.count == size.voxelCount, "a label map's labels were replaced by another number of them")
    let width = size.x
    labels.withUnsafeBytes { bytes in
      var row = 0
      for z in 0..<size.z {
        for y in 0..<size.y {
          var x = 0
          while true {
            while x + 8 <= width, bytes.loadUnaligned(fromByteOffset: row + x, as: UInt64.self) == 0 { x += 8 }
            while x < width, bytes[row + x] == 0 { x += 1 }
            guard x < width else { break }
            let start = x
            while x < width, bytes[row + x] != 0 { x += 1 }
            body(ForegroundRun(x: start..<x, y: y, z: z))
          }
          row += width
        }
      }
    }
  }
}
