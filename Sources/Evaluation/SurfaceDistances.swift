public import Volumes

/// How far the surfaces of two masks lie from each other, mm.
///
/// A surface is every foreground voxel with a background voxel among its six neighbours; outside of the volume lies
/// background. A distance goes from the centre of a surface voxel to the nearest surface voxel of the other mask.
public struct SurfaceDistances: Sendable {
  /// From each surface voxel of the first mask to the second mask's surface, in no order, mm.
  public let fromFirst: [Double]
  /// From each surface voxel of the second mask to the first mask's surface, in no order, mm.
  public let fromSecond: [Double]

  /// Returns nil when the sizes differ or a mask is empty: there is no distance to nothing.
  ///
  /// Cost: two distance transforms of the box that holds both masks; nine bytes a voxel of that box.
  public init?(_ first: LabelMap, _ second: LabelMap, spacing: SIMD3<Double>) {
    // No surface voxel lies outside of both masks' box, and what lies outside is background: it changes no distance.
    guard first.size == second.size, let one = VoxelBox(enclosing: first), let other = VoxelBox(enclosing: second),
      let box = one.union(other), let surfaces = first.surface(within: box), let others = second.surface(within: box)
    else { return nil }
    fromFirst = Self.distances(from: surfaces, to: others, spacing: spacing)
    fromSecond = Self.distances(from: others, to: surfaces, spacing: spacing)
  }

  private static func distances(from: LabelMap, to: LabelMap, spacing: SIMD3<Double>) -> [Double] {
    let squares = to.squaredDistances(spacing: spacing)
    return zip(from.labels, squares).compactMap { $0 == 0 ? nil : Double($1).squareRoot() }
  }

  /// HD95: the 95th percentile of the distances of both directions together, mm.
  ///
  /// Between two ranks the value is interpolated linearly (type 7 of Hyndman and Fan 1996, as NumPy does).
  public var percentile95: Double {
    let sorted = (fromFirst + fromSecond).sorted()
    guard let largest = sorted.last else { return 0 }
    let place = 0.95 * Double(sorted.count - 1)
    let lower = Int(place)
    guard lower + 1 < sorted.count else { return largest }
    return sorted[lower] + (place - Double(lower)) * (sorted[lower + 1] - sorted[lower])
  }

  /// Surface DSC: the share of both surfaces' voxels that lie within `tolerance` mm of the other surface, 0 ... 1.
  ///
  /// Counts voxels where Nikolov et al. 2021 measure areas, which the border of a mask on a CT's grid hardly allows.
  public func surfaceDice(tolerance: Double) -> Double {
    let within = fromFirst.count { $0 <= tolerance } + fromSecond.count { $0 <= tolerance }
    return Double(within) / Double(fromFirst.count + fromSecond.count)
  }
}

extension LabelMap {
  /// The mask's surface, 1, inside a box that encloses its foreground; the box becomes the whole map.
  fileprivate func surface(within box: VoxelBox) -> LabelMap? {
    guard let target = VolumeSize(x: box.x.count, y: box.y.count, z: box.z.count) else { return nil }
    var surface = LabelMap(empty: target)
    let strides = Axis.allCases.map { size.stride(along: $0) }
    labels.withUnsafeBufferPointer { labels in
      surface.labels.withUnsafeMutableBufferPointer { output in
        var index = 0
        for z in box.z {
          for y in box.y {
            var voxel = (z * size.y + y) * size.x + box.x.lowerBound
            for x in box.x {
              if labels[voxel] != 0 {
                let isInside =
                  x > 0 && x + 1 < size.x && y > 0 && y + 1 < size.y && z > 0 && z + 1 < size.z
                  && strides.allSatisfy { labels[voxel - $0] != 0 && labels[voxel + $0] != 0 }
                output[index] = isInside ? 0 : 1
              }
              voxel += 1
              index += 1
            }
          }
        }
      }
    }
    return surface
  }
}
