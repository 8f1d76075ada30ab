import Volumes

/// Paints strokes into a volume, in order, softly: a voxel on a surface takes a share of each side (partial volume).
///
/// Every row is painted on its own, so slices can go to any threads and share nothing.
struct Painter: Sendable {
  let strokes: [Stroke]
  let body: BodyShape
  let geometry: VolumeGeometry
  /// HU of the air around the patient.
  let air: Float

  /// The HU before the scanner and the labels, [z, y, x].
  func paint(threads: Int) -> (hounsfield: [Float], labels: [UInt8]) {
    let size = geometry.size
    var hounsfield = [Float](repeating: air, count: size.voxelCount)
    var labels = [UInt8](repeating: 0, count: size.voxelCount)
    let xs = (0..<size.x).map { Float(geometry.origin.x + Double($0) * geometry.spacing.x) }
    let plane = size.x * size.y
    hounsfield.withUnsafeMutableBufferPointer { hounsfield in
      labels.withUnsafeMutableBufferPointer { labels in
        nonisolated(unsafe) let (hounsfield, labels) = (hounsfield, labels)
        ParallelSlices.run(count: size.z, threads: threads) { z in
          paint(
            slice: z, xs: xs, UnsafeMutableBufferPointer(rebasing: hounsfield[z * plane..<(z + 1) * plane]),
            UnsafeMutableBufferPointer(rebasing: labels[z * plane..<(z + 1) * plane]))
        }
      }
    }
    return (hounsfield, labels)
  }

  private func paint(
    slice: Int, xs: [Float], _ hounsfield: UnsafeMutableBufferPointer<Float>,
    _ labels: UnsafeMutableBufferPointer<UInt8>
  ) {
    let z = Float(geometry.origin.z + Double(slice) * geometry.spacing.z)
    let margin = softness + 1
    let active = strokes.filter { $0.bounds.low.z - margin <= z && z <= $0.bounds.high.z + margin }
    let width = xs.count
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 6 * width) { scratch in
      func part(_ index: Int) -> UnsafeMutableBufferPointer<Float> {
        UnsafeMutableBufferPointer(rebasing: scratch[index * width..<(index + 1) * width])
      }
      xs.withUnsafeBufferPointer { xs in
        for line in 0..<geometry.size.y {
          let y = Float(geometry.origin.y + Double(line) * geometry.spacing.y)
          body.fill(xs: xs, y: y, z: z, skin: part(0), wall: part(1), cavity: part(2))
          let row = Row(
            xs: xs, y: y, z: z, skin: UnsafeBufferPointer(part(0)), wall: UnsafeBufferPointer(part(1)),
            cavity: UnsafeBufferPointer(part(2)))
          for stroke in active where stroke.bounds.low.y - margin <= y && y <= stroke.bounds.high.y + margin {
            let columns = columns(of: stroke, margin: margin)
            guard !columns.isEmpty else { continue }
            let voxels = line * width + columns.lowerBound..<line * width + columns.upperBound
            let canvas = Canvas(
              row: row[columns], hounsfield: UnsafeMutableBufferPointer(rebasing: hounsfield[voxels]),
              labels: UnsafeMutableBufferPointer(rebasing: labels[voxels]), softness: softness)
            canvas.paint(
              stroke, distances: UnsafeMutableBufferPointer(rebasing: part(3)[columns]),
              coverage: UnsafeMutableBufferPointer(rebasing: part(4)[columns]),
              values: UnsafeMutableBufferPointer(rebasing: part(5)[columns]))
          }
        }
      }
    }
  }

  /// Distance from a surface at which a voxel lies on one side only: half the mean voxel's edge, mm.
  private var softness: Float { Float(geometry.spacing.sum() / 6) }

  /// The columns that a stroke may touch.
  private func columns(of stroke: Stroke, margin: Float) -> Range<Int> {
    let (origin, spacing) = (Float(geometry.origin.x), Float(geometry.spacing.x))
    let count = Float(geometry.size.x)
    let low = max(0, ((stroke.bounds.low.x - margin - origin) / spacing).rounded(.down))
    let high = min(count, ((stroke.bounds.high.x + margin - origin) / spacing).rounded(.up) + 1)
    return low < high ? Int(low)..<Int(high) : 0..<0
  }
}

/// A part of a row that is being painted.
private struct Canvas {
  let row: Row
  let hounsfield: UnsafeMutableBufferPointer<Float>
  let labels: UnsafeMutableBufferPointer<UInt8>
  let softness: Float

  /// Paints all layers of a stroke; the buffers are scratch of the row's length.
  func paint(
    _ stroke: Stroke, distances: UnsafeMutableBufferPointer<Float>, coverage: UnsafeMutableBufferPointer<Float>,
    values: UnsafeMutableBufferPointer<Float>
  ) {
    stroke.shape.distances(along: row, into: distances)
    if stroke.place != .anywhere {
      for index in 0..<distances.count { distances[index] = max(distances[index], row.cavity[index]) }
    }
    if stroke.place == .cavityBackground {
      for index in 0..<distances.count where labels[index] != 0 { distances[index] = softness }
    }
    var nearest = Float.infinity
    for index in 0..<distances.count { nearest = min(nearest, distances[index]) }
    for layer in stroke.layers where nearest + layer.inset < softness {
      apply(layer, distances: UnsafeBufferPointer(distances), coverage: coverage, values: values)
    }
  }

  private func apply(
    _ layer: Layer, distances: UnsafeBufferPointer<Float>, coverage: UnsafeMutableBufferPointer<Float>,
    values: UnsafeMutableBufferPointer<Float>
  ) {
    if let cut = layer.cut {
      cut.distances(along: row, into: coverage)
      for index in 0..<coverage.count { coverage[index] = max(coverage[index], distances[index] + layer.inset) }
    } else {
      for index in 0..<coverage.count { coverage[index] = distances[index] + layer.inset }
    }
    if let label = layer.label {
      for index in 0..<coverage.count where coverage[index] < 0 { labels[index] = label }
    }
    let (slope, opacity) = (0.5 / softness, layer.opacity)
    for index in 0..<coverage.count {
      coverage[index] = min(max(0.5 - coverage[index] * slope, 0), 1) * opacity
    }
    if layer.material.textures.isEmpty {
      let value = layer.material.hounsfield
      for index in 0..<coverage.count { hounsfield[index] += coverage[index] * (value - hounsfield[index]) }
    } else {
      layer.material.fill(row: row, into: values)
      for index in 0..<coverage.count { hounsfield[index] += coverage[index] * (values[index] - hounsfield[index]) }
    }
  }
}
