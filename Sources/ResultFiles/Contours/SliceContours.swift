import Volumes

/// The outline of a mask in one axial slice as closed polygons, in pixel indices (centres at whole numbers).
///
/// Corners lie halfway between a pixel inside and a neighbour outside, so every pixel centre keeps its side: rasterising
/// gives the mask back. Pixels that touch only at a corner belong to separate polygons. A hole is joined to the
/// polygon around it by a slit of no width (the "keyhole" of PS3.3, C.8.8.6.3), so one polygon is one piece of the organ.
struct SliceContours {
  /// A polygon each, without repetition of the first point at the end.
  let polygons: [[SIMD2<Double>]]

  init(of mask: LabelMap, slice: Int) {
    let tracer = CrackTracer(mask: mask, slice: slice)
    var pieces: [Int: (outer: [SIMD2<Double>], holes: [[SIMD2<Double>]])] = [:]
    for loop in tracer.loops() {
      let points = loop.doubledPoints.map { SIMD2(Double($0.x) / 2, Double($0.y) / 2) }
      if loop.isHole {
        pieces[loop.piece, default: ([], [])].holes.append(points)
      } else {
        pieces[loop.piece, default: ([], [])].outer = points
      }
    }
    polygons = pieces.sorted { $0.key < $1.key }.map { Keyhole.joined($0.value.outer, holes: $0.value.holes) }
  }
}
