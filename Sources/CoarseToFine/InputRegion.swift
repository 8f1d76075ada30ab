public import Volumes

/// The paper's input region r(X, Z): where the fine networks look, given the mask of the round before.
///
/// For each slice of a view, a box around the mask's foreground there plus a frame, clipped to the slice. Slices
/// without foreground have no box: they are skipped, p = 0. Making one costs a pass over the mask; asking it for boxes
/// costs almost nothing, so one serves all three views.
public struct InputRegion: Sendable {
  /// Which slices of the mask a slice's box encloses.
  public enum Neighbourhood: String, CaseIterable, Hashable, Sendable {
    /// Slice j alone (the paper).
    case ownSlice
    /// The union of slices j - 1, j, j + 1 (release 1.11).
    case unionOfNeighbours
  }

  /// Voxels along each axis of the mask.
  public let size: VolumeSize
  /// For each axis (by `Axis.rawValue`) and each slice along it, the bounds of the slice's foreground.
  private let bounds: [[VoxelBounds]]

  /// The smallest 3D box around some voxels: low <= high, both inside, or low > high when there are none.
  private struct VoxelBounds {
    var low = SIMD3<Int>(repeating: .max)
    var high = SIMD3<Int>(repeating: .min)

    mutating func include(low other: SIMD3<Int>, high otherHigh: SIMD3<Int>) {
      low = pointwiseMin(low, other)
      high = pointwiseMax(high, otherHigh)
    }
  }

  /// Finds the foreground of a mask in the slices of every axis.
  public init(enclosing mask: LabelMap) {
    size = mask.size
    var alongX = [VoxelBounds](repeating: VoxelBounds(), count: size.x)
    var alongY = [VoxelBounds](repeating: VoxelBounds(), count: size.y)
    var alongZ = [VoxelBounds](repeating: VoxelBounds(), count: size.z)
    mask.forEachForegroundRun { run in
      let low = SIMD3(run.x.lowerBound, run.y, run.z)
      let high = SIMD3(run.x.upperBound - 1, run.y, run.z)
      alongY[run.y].include(low: low, high: high)
      alongZ[run.z].include(low: low, high: high)
      for x in run.x {
        let voxel = SIMD3(x, run.y, run.z)
        alongX[x].include(low: voxel, high: voxel)
      }
    }
    bounds = [alongX, alongY, alongZ]
  }

  /// The box of every slice of a view, nil for a slice that is skipped. `margin` is in pixels.
  public func boxes(in plane: SlicePlane, neighbourhood: Neighbourhood, margin: Int) -> [BoundingBox?] {
    let slices = bounds[plane.view.sliceAxis.rawValue]
    let reach = neighbourhood == .unionOfNeighbours ? 1 : 0
    let sliceSize = plane.sliceSize(in: size)
    return slices.indices.map { slice in
      var around = VoxelBounds()
      for neighbour in max(0, slice - reach)...min(slices.count - 1, slice + reach) {
        around.include(low: slices[neighbour].low, high: slices[neighbour].high)
      }
      let (row, column) = (plane.rowAxis.rawValue, plane.columnAxis.rawValue)
      guard around.low[row] <= around.high[row] else { return nil }
      let tight = BoundingBox(
        rows: around.low[row]..<around.high[row] + 1, columns: around.low[column]..<around.high[column] + 1)
      return tight?.expanded(by: margin, within: sliceSize)
    }
  }
}
