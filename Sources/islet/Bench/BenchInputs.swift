import ModelBundle
import Volumes

/// Network inputs of the benchmark: windowed slices of a body, the same arrays for every engine.
struct BenchInputs {
  /// One size: some slices of one view, whole or a part around the middle of the body.
  struct Size {
    let rows: Int, columns: Int
    /// How the slices were cut.
    let note: String
    /// [slices, channels, rows, columns].
    let values: [Float]
    /// Part of the values that is not 0.
    let nonZeroShare: Double

    var name: String { "\(rows)x\(columns)" }
  }

  static let slicesPerSize = 4
  let sizes: [Size]

  /// Cuts the wanted sizes out of a volume: axial slices where they fit exactly, else coronal ones (x down, z along), else
  /// the middle of axial slices.
  init(_ names: [String], volume: Volume, manifest: Manifest) throws(CommandFailure) {
    let channels = manifest.networks.first?.topology.inputChannels ?? 3
    let window = manifest.intensity.window
    sizes = try names.map { name throws(CommandFailure) in
      let sides = name.split(separator: "x").compactMap { Int($0) }
      guard sides.count == 2, sides.allSatisfy({ (1...4096).contains($0) }) else {
        throw CommandFailure(exitCode: .usage, sentence: "--sizes \(name): expected ROWSxCOLUMNS such as 512x512")
      }
      return try Self.size(sides[0], sides[1], volume: volume, channels: channels, window: window)
    }
  }

  private static func size(
    _ rows: Int, _ columns: Int, volume: Volume, channels: Int, window: [Double]
  ) throws(CommandFailure) -> Size {
    let size = volume.size
    /// Index of the voxel at slice, row and column, and how many slices there are.
    let place: (Int, Int, Int) -> Int
    let count: Int
    let note: String
    if (rows, columns) == (size.x, size.z) {
      place = { slice, row, column in (column * size.y + slice) * size.x + row }
      (count, note) = (size.y, "whole coronal slices")
    } else if rows <= size.y, columns <= size.x {
      let (top, left) = ((size.y - rows) / 2, (size.x - columns) / 2)
      place = { slice, row, column in (slice * size.y + row + top) * size.x + column + left }
      count = size.z
      note = (rows, columns) == (size.y, size.x) ? "whole axial slices" : "the middle of axial slices"
    } else {
      throw CommandFailure(
        exitCode: .usage,
        sentence: "--sizes \(rows)x\(columns): larger than the CT's slices of \(size.y) x \(size.x)")
    }
    var values: [Float] = []
    values.reserveCapacity(slicesPerSize * channels * rows * columns)
    for index in 0..<slicesPerSize {
      let middle = count * (index + 2) / (slicesPerSize + 3)
      for channel in 0..<channels {
        let slice = min(max(middle + channel - channels / 2, 0), count - 1)
        for row in 0..<rows {
          for column in 0..<columns {
            let hounsfield = Double(volume.voxels[place(slice, row, column)])
            values.append(Float((min(max(hounsfield, window[0]), window[1]) - window[0]) / (window[1] - window[0])))
          }
        }
      }
    }
    let share = Double(values.count { $0 != 0 }) / Double(values.count)
    return Size(rows: rows, columns: columns, note: note, values: values, nonZeroShare: share)
  }
}
