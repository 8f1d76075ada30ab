import Volumes

/// Reads an atlas between its voxels; points outside read the border voxel.
struct AtlasSampler {
  private let ids: UnsafeBufferPointer<UInt8>
  private let measures: UnsafeBufferPointer<AtlasMeasures>
  private let pancreas: UnsafeBufferPointer<Float>
  private let reach: SIMD3<Float>
  private let perMillimetre: SIMD3<Float>
  private let last: SIMD3<Int>
  private let (row, slice): (Int, Int)

  /// The buffers hold one value for every voxel of the anatomy.
  fileprivate init(
    anatomy: AtlasAnatomy, ids: UnsafeBufferPointer<UInt8>, measures: UnsafeBufferPointer<AtlasMeasures>,
    pancreas: UnsafeBufferPointer<Float>
  ) {
    let size = anatomy.size
    precondition(
      ids.count == size.voxelCount && measures.count == ids.count && pancreas.count == ids.count, "one value per voxel")
    (self.ids, self.measures, self.pancreas) = (ids, measures, pancreas)
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

  /// How deep a place lies in what is there. The height is that of the nearest voxel: between a loop and its
  /// surroundings there is none.
  @inline(__always)
  func measures(at place: Place) -> AtlasMeasures {
    var values = interpolate(place) { measures[$0].values }
    let nearest =
      place.offset &+ (place.x < 0.5 ? 0 : 1) &+ (place.y < 0.5 ? 0 : row) &+ (place.z < 0.5 ? 0 : slice)
    values.z = measures[nearest].height
    return AtlasMeasures(values: values)
  }

  /// mm to the border of the pancreas, negative inside.
  @inline(__always)
  func pancreasDistance(at place: Place) -> Float { interpolate(place) { SIMD3(repeating: pancreas[$0]) }.x }

  @inline(__always)
  private func interpolate(_ place: Place, _ value: (Int) -> SIMD3<Float>) -> SIMD3<Float> {
    func along(_ o: Int) -> SIMD3<Float> {
      let (left, right) = (value(o), value(o &+ 1))
      return left + place.x * (right - left)
    }
    func across(_ o: Int) -> SIMD3<Float> {
      let (front, back) = (along(o), along(o &+ row))
      return front + place.y * (back - front)
    }
    let (below, above) = (across(place.offset), across(place.offset &+ slice))
    return below + place.z * (above - below)
  }
}

extension AtlasAnatomy {
  /// Lends a sampler of this anatomy with the pancreas of one case.
  func withSampler(pancreas: AtlasPancreas, _ body: (AtlasSampler) -> Void) {
    ids.withUnsafeBufferPointer { ids in
      measures.withUnsafeBufferPointer { measures in
        pancreas.distances.withUnsafeBufferPointer { distances in
          body(AtlasSampler(anatomy: self, ids: ids, measures: measures, pancreas: distances))
        }
      }
    }
  }
}
