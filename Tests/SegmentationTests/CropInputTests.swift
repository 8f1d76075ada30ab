import CoarseToFine
import Testing
import Volumes

@testable import Segmentation

@Suite struct CropInputTests {
  /// A volume whose voxel (x, y, z) holds x + 10 y + 100 z.
  private func numberedVolume() throws -> Volume {
    let size = try #require(VolumeSize(x: 5, y: 4, z: 3))
    let geometry = try VolumeGeometry(
      size: size, spacing: SIMD3(1, 1, 1), origin: .zero, direction: VolumeGeometry.identityDirection)
    var voxels: [Int16] = []
    for z in 0..<3 { for y in 0..<4 { for x in 0..<5 { voxels.append(Int16(x + 10 * y + 100 * z)) } } }
    return try #require(Volume(geometry: geometry, voxels: voxels))
  }

  @Test(arguments: View.allCases, [1, 3])
  func tensorHoldsTheNeighbouringSlicesOfTheBox(_ view: View, _ channels: Int) throws {
    let volume = try numberedVolume()
    let window = try #require(IntensityWindow(low: 0, high: 1000, levels: nil))
    let axes: (Axis, Axis) =
      switch view {
      case .coronal: (.x, .z)
      case .sagittal: (.y, .z)
      case .axial: (.y, .x)
      }
    let plane = try #require(SlicePlane(view: view, rowAxis: axes.0, columnAxis: axes.1))
    let slices = plane.sliceCount(in: volume.size)
    let box = try #require(BoundingBox(rows: 1..<3, columns: 1..<3))
    for slice in 0..<slices {
      let tensor = CropInput(volume: volume, window: window, channels: channels)
        .tensor(of: Crop(plane: plane, slice: slice, box: box))
      // The slow twin: voxel by voxel from the definition, the border slice repeated.
      var expected: [Float] = []
      for channel in 0..<channels {
        let neighbour = min(max(slice + channel - channels / 2, 0), slices - 1)
        for row in box.rows {
          for column in box.columns {
            var index = [Axis.x: 0, .y: 0, .z: 0]
            (index[view.sliceAxis], index[axes.0], index[axes.1]) = (neighbour, row, column)
            expected.append(Float((index[.x] ?? 0) + 10 * (index[.y] ?? 0) + 100 * (index[.z] ?? 0)) / 1000)
          }
        }
      }
      #expect(tensor == expected, "\(view) slice \(slice)")
    }
  }
}
