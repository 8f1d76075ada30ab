public import Volumes

/// Blurs a volume with a Gaussian of its own width along each axis; borders repeat their outermost voxel.
///
/// The kernel reaches 3 sigma and sums up to 1. Same bits for any number of threads.
public struct GaussianFilter: Sendable {
  /// Weights from the centre outwards, one list for each axis.
  private let kernels: [[Float]]

  /// Widths in voxels along x, y and z; an axis with less than 0.05 is left as it is.
  public init(sigma: SIMD3<Double>) {
    kernels = (0..<3).map { Self.kernel(sigma: sigma[$0]) }
  }

  /// The sum of the squared weights: what is left of the variance of white noise.
  public var noiseVariance: Double {
    kernels.reduce(1) { product, kernel in
      product * kernel.enumerated().reduce(0) { $0 + Double($1.element * $1.element) * ($1.offset == 0 ? 1 : 2) }
    }
  }

  private static func kernel(sigma: Double) -> [Float] {
    guard sigma >= 0.05 else { return [1] }
    let radius = max(1, Int((3 * sigma).rounded(.up)))
    let values = (0...radius).map { ElementaryFunctions.exp(-0.5 * Double($0 * $0) / (sigma * sigma)) }
    let sum = values[0] + 2 * values.dropFirst().reduce(0, +)
    return values.map { Float($0 / sum) }
  }

  /// Replaces `voxels`, [z, y, x], by their blurred values. Cost: one more volume, one pass an axis.
  public func apply(to voxels: inout [Float], size: VolumeSize, threads: Int) {
    precondition(voxels.count == size.voxelCount, "one value per voxel")
    blurSlices(&voxels, size: size, threads: threads)
    if kernels[2].count > 1 { blurAcrossSlices(&voxels, size: size, threads: threads) }
  }

  /// Along x and y, slice by slice in place.
  private func blurSlices(_ voxels: inout [Float], size: VolumeSize, threads: Int) {
    let plane = size.x * size.y
    guard kernels[0].count > 1 || kernels[1].count > 1 else { return }
    voxels.withUnsafeMutableBufferPointer { voxels in
      nonisolated(unsafe) let base = voxels
      ParallelSlices.run(count: size.z, threads: threads) { z in
        blur(slice: UnsafeMutableBufferPointer(rebasing: base[z * plane..<(z + 1) * plane]), width: size.x)
      }
    }
  }

  /// One slice in place, [y, x].
  func blur(slice: UnsafeMutableBufferPointer<Float>, width: Int) {
    let height = slice.count / width
    withUnsafeTemporaryAllocation(of: Float.self, capacity: slice.count) { columnsDone in
      for y in 0..<height {
        let row = UnsafeMutableBufferPointer(rebasing: columnsDone[y * width..<(y + 1) * width])
        sum(count: width, kernel: kernels[1], into: row) { step in
          let source = min(max(y + step, 0), height - 1) * width
          return UnsafeBufferPointer(rebasing: slice[source..<source + width])
        }
      }
      // Only now may rows of the slice change: every sum above reads several of them.
      for y in 0..<height {
        let row = UnsafeBufferPointer(rebasing: columnsDone[y * width..<(y + 1) * width])
        blur(row: row, into: slice, at: y * width)
      }
    }
  }

  /// One row along x, through a copy with repeated borders.
  private func blur(row: UnsafeBufferPointer<Float>, into slice: UnsafeMutableBufferPointer<Float>, at start: Int) {
    let radius = kernels[0].count - 1
    withUnsafeTemporaryAllocation(of: Float.self, capacity: row.count + 2 * radius) { padded in
      for x in 0..<padded.count { padded[x] = row[min(max(x - radius, 0), row.count - 1)] }
      let target = UnsafeMutableBufferPointer(rebasing: slice[start..<start + row.count])
      sum(count: row.count, kernel: kernels[0], into: target) { step in
        UnsafeBufferPointer(rebasing: padded[radius + step..<radius + step + row.count])
      }
    }
  }

  /// Along z: each new slice is a sum of old ones.
  private func blurAcrossSlices(_ voxels: inout [Float], size: VolumeSize, threads: Int) {
    let plane = size.x * size.y
    let source = voxels
    source.withUnsafeBufferPointer { source in
      voxels.withUnsafeMutableBufferPointer { voxels in
        nonisolated(unsafe) let (source, target) = (source, voxels)
        ParallelSlices.run(count: size.z, threads: threads) { z in
          let slice = UnsafeMutableBufferPointer(rebasing: target[z * plane..<(z + 1) * plane])
          sum(count: plane, kernel: kernels[2], into: slice) { step in
            let start = min(max(z + step, 0), size.z - 1) * plane
            return UnsafeBufferPointer(rebasing: source[start..<start + plane])
          }
        }
      }
    }
  }

  /// target = the kernel's weighted sum of rows, from the centre outwards.
  private func sum(
    count: Int, kernel: [Float], into target: UnsafeMutableBufferPointer<Float>,
    source: (Int) -> UnsafeBufferPointer<Float>
  ) {
    let centre = source(0)
    let weight = kernel[0]
    for index in 0..<count { target[index] = weight * centre[index] }
    for step in kernel.indices.dropFirst() {
      let (before, after, weight) = (source(-step), source(step), kernel[step])
      for index in 0..<count { target[index] += weight * (before[index] + after[index]) }
    }
  }
}

extension GaussianFilter {
  /// The variance left of white noise by this filter minus `share` times this filter followed by `wide`.
  func bandPassVariance(minus share: Double, of wide: GaussianFilter) -> Double {
    var (own, cross, both) = (1.0, 1.0, 1.0)
    for axis in 0..<3 {
      let narrow = Self.symmetric(kernels[axis])
      let blurred = Self.convolved(narrow, Self.symmetric(wide.kernels[axis]))
      let margin = (blurred.count - narrow.count) / 2
      own *= narrow.reduce(0) { $0 + $1 * $1 }
      cross *= narrow.indices.reduce(0) { $0 + narrow[$1] * blurred[$1 + margin] }
      both *= blurred.reduce(0) { $0 + $1 * $1 }
    }
    return own - 2 * share * cross + share * share * both
  }

  private static func symmetric(_ kernel: [Float]) -> [Double] {
    kernel.dropFirst().reversed().map(Double.init) + kernel.map(Double.init)
  }

  private static func convolved(_ a: [Double], _ b: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: a.count + b.count - 1)
    for (i, x) in a.enumerated() { for (j, y) in b.enumerated() { sums[i + j] += x * y } }
    return sums
  }
}
