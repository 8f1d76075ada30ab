import Volumes

/// Reads an atlas between its voxels; points outside read the border voxel.
struct AtlasSampler {
  private let ids: UnsafeBufferPointer<UInt8>
  private let depths: UnsafeBufferPointer<Float>
  private let skinDepths: UnsafeBufferPointer<Float>
  private let heights: UnsafeBufferPointer<Float>
  private let pancreas: UnsafeBufferPointer<Float>
  private let reach: SIMD3<Float>
  private let perMillimetre: SIMD3<Float>
  private let last: SIMD3<Int>
  private let (row, slice): (Int, Int)

  /// The buffers hold one value for every voxel of the anatomy.
  init(
    anatomy: AtlasAnatomy, ids: UnsafeBufferPointer<UInt8>, depths: UnsafeBufferPointer<Float>,
    skinDepths: UnsafeBufferPointer<Float>, heights: UnsafeBufferPointer<Float>, pancreas: UnsafeBufferPointer<Float>
  ) {
    let size = anatomy.size
    precondition(
      [ids.count, depths.count, skinDepths.count, heights.count, pancreas.count].allSatisfy { $0 == size.voxelCount },
      "one value per voxel")
    (self.ids, self.depths, self.skinDepths) = (ids, depths, skinDepths)
    (self.heights, self.pancreas) = (heights, pancreas)
    reach = SIMD3<Float>(anatomy.reach)
    perMillimetre = SIMD3<Float>(1 / anatomy.spacing)
    last = SIMD3(size.x - 1, size.y - 1, size.z - 1)
    (row, slice) = (size.x, size.x * size.y)
  }

  /// The cell of eight voxels around a point, and how far the point lies inside it along each axis, 0 to 1.
  struct Place {
    let offset: Int
    let x: Float
    let y: Float
    let z: Float
  }

  /// The cell that holds a point, mm from the centre of the atlas.
  @inline(__always)
  func place(_ point: SIMD3<Float>) -> Place {
    func split(_ coordinate: Float, _ last: Int) -> (Int, Float) {
      let inside = min(max(coordinate, 0), Float(last))
      let cell = min(Int(inside), last &- 1)
      return (cell, inside - Float(cell))
    }
    let index = (point + reach) * perMillimetre
    let (x, y, z) = (split(index.x, last.x), split(index.y, last.y), split(index.z, last.z))
    return Place(offset: (z.0 &* slice) &+ (y.0 &* row) &+ x.0, x: x.1, y: y.1, z: z.1)
  }

  /// The id with the largest sum of weights among the eight voxels; the first in memory order among equals.
  @inline(__always)
  func vote(at place: Place) -> UInt8 {
    let o = place.offset
    let (a, b, c, d) = (ids[o], ids[o &+ 1], ids[o &+ row], ids[o &+ row &+ 1])
    let up = o &+ slice
    let (e, f, g, h) = (ids[up], ids[up &+ 1], ids[up &+ row], ids[up &+ row &+ 1])
    if a == b, a == c, a == d, a == e, a == f, a == g, a == h { return a }
    return Self.vote(SIMD8(a, b, c, d, e, f, g, h), place)
  }

  private static func vote(_ corners: SIMD8<UInt8>, _ place: Place) -> UInt8 {
    let (x, y, z) = (place.x, place.y, place.z)
    let (low, high) = ((1 - y) * (1 - z), y * (1 - z))
    let (lowUp, highUp) = ((1 - y) * z, y * z)
    let weights = SIMD8(
      (1 - x) * low, x * low, (1 - x) * high, x * high, (1 - x) * lowUp, x * lowUp, (1 - x) * highUp, x * highUp)
    var best = corners[0]
    var most: Float = -1
    for candidate in 0..<8 {
      var sum: Float = 0
      for corner in 0..<8 where corners[corner] == corners[candidate] { sum += weights[corner] }
      if sum > most { (best, most) = (corners[candidate], sum) }
    }
    return best
  }

  /// mm inside the border of a hollow organ, kidney or bone.
  @inline(__always)
  func depth(at place: Place) -> Float { interpolate(depths, place) }

  /// mm from air.
  @inline(__always)
  func skinDepth(at place: Place) -> Float { interpolate(skinDepths, place) }

  /// Height in the loop, 0 front to 1 back, of the nearest voxel: between a loop and its surroundings there is no height.
  @inline(__always)
  func height(at place: Place) -> Float {
    heights[
      place.offset &+ (place.x < 0.5 ? 0 : 1) &+ (place.y < 0.5 ? 0 : row) &+ (place.z < 0.5 ? 0 : slice)]
  }

  /// mm to the border of the pancreas, negative inside.
  @inline(__always)
  func pancreasDistance(at place: Place) -> Float { interpolate(pancreas, place) }

  @inline(__always)
  private func interpolate(_ values: UnsafeBufferPointer<Float>, _ place: Place) -> Float {
    func along(_ o: Int) -> Float { values[o] + place.x * (values[o &+ 1] - values[o]) }
    func slice(_ o: Int) -> Float {
      let (front, back) = (along(o), along(o &+ row))
      return front + place.y * (back - front)
    }
    let (below, above) = (slice(place.offset), slice(place.offset &+ self.slice))
    return below + place.z * (above - below)
  }
}
