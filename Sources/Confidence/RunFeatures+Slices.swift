public import Volumes

extension RunFeatures {
  /// What neighbouring axial slices and neighbouring voxels of the image as it came say about its making.
  ///
  /// Extents; constant and repeated slices, jumps between slices where some are missing, and noise. Looks at about
  /// 16,000 voxels a slice; only the extents are measured when fewer than eight slices show a body.
  /// `checkpoint` is called before every axial slice; what it throws ends the work. Throws as
  /// `StridedVoxels.readHounsfieldUnits`; the voxels must be those of the geometry.
  public init(
    slicesOf voxels: StridedVoxels, geometry: VolumeGeometry, checkpoint: () throws -> Void = {}
  ) throws {
    self.init()
    precondition(voxels.size == geometry.size, "the geometry's voxels")
    let order = AxisOrder(bringing: geometry, to: .leftPosteriorSuperior)
    let (image, spacing) = (voxels.reordered(by: order), geometry.reordered(by: order).spacing)
    self[.extentAcross] = Double(image.size.x) * spacing.x
    self[.extentDeep] = Double(image.size.y) * spacing.y
    self[.extentAlong] = Double(image.size.z) * spacing.z
    let slices = try SliceSums(image, checkpoint: checkpoint)
    guard let first = slices.showsBody.firstIndex(of: true), let last = slices.showsBody.lastIndex(of: true),
      slices.showsBody.count(where: { $0 }) >= 8
    else { return }
    self[.constantSlices] = Double((first...last).count { slices.isConstant[$0] })
    // changes[k] lies between slices k and k + 1.
    let changes = Array(slices.changes[first..<last])
    self[.repeatedSlices] = Double(
      changes.indices.count { changes[$0] == 0 && !slices.isConstant[first + $0] })
    self[.sliceJump] = Self.largestJump(in: changes)
    self[.noise] = slices.noise
  }

  /// The largest change against the median of the four changes nearest to it, itself left out.
  static func largestJump(in changes: [Double]) -> Double? {
    guard changes.count >= 5 else { return nil }
    return changes.indices.map { index in
      let start = min(max(index - 2, 0), changes.count - 5)
      let others = (start..<start + 5).filter { $0 != index }.map { changes[$0] }.sorted()
      let usual = (others[1] + others[2]) / 2
      // Slices that hardly differ at all have no usual change.
      return usual > 0.5 ? changes[index] / usual : 1
    }.max()
  }
}

/// What is measured in the axial slices.
private struct SliceSums {
  private(set) var isConstant: [Bool] = []
  private(set) var showsBody: [Bool] = []
  /// Mean |HU| difference of slices k and k + 1.
  private(set) var changes: [Double] = []
  /// Second differences along a row, |a - 2 b + c| of voxels that all are soft tissue, 0...1023.
  private var seconds = [Int](repeating: 0, count: 1024)

  private static let tissue: ClosedRange<Int16> = -200...300

  /// `image` has its axes towards left, posterior and superior.
  init(_ image: StridedVoxels, checkpoint: () throws -> Void) throws {
    // Whole rows are read, so that noise is measured between true neighbours.
    let width = image.size.x
    let rows = max(1, min(image.size.y, 16_384 / max(width, 1), 96))
    let step = max(1, image.size.y / rows)
    let places = Array(stride(from: step / 2, to: image.size.y, by: step))
    var slice = [Int16](repeating: 0, count: places.count * width)
    var before = slice
    for z in 0..<image.size.z {
      try checkpoint()
      try slice.withUnsafeMutableBufferPointer { slice in
        for (index, y) in places.enumerated() {
          try image.readHounsfieldUnits(
            rows: y..<y + 1, slices: z..<z + 1,
            into: UnsafeMutableBufferPointer(rebasing: slice[index * width..<(index + 1) * width]))
        }
      }
      for index in places.indices { addNoise(slice[index * width..<(index + 1) * width]) }
      let first = slice[0]
      isConstant.append(slice.allSatisfy { $0 == first })
      showsBody.append(slice.count(where: { $0 > -300 }) * 10 >= slice.count)
      if z > 0 {
        let sum = zip(before, slice).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        changes.append(Double(sum) / Double(slice.count))
      }
      swap(&before, &slice)
    }
  }

  private mutating func addNoise(_ row: ArraySlice<Int16>) {
    guard row.count >= 3 else { return }
    for index in row.startIndex + 1..<row.endIndex - 1 {
      let (a, b, c) = (row[index - 1], row[index], row[index + 1])
      guard Self.tissue.contains(a), Self.tissue.contains(b), Self.tissue.contains(c) else { continue }
      seconds[min(abs(Int(a) - 2 * Int(b) + Int(c)), seconds.count - 1)] += 1
    }
  }

  /// Robust standard deviation of white noise: median of the second differences / (0.6745 sqrt(6)); nil below 1,000.
  var noise: Double? {
    let count = seconds.reduce(0, +)
    guard count >= 1000 else { return nil }
    var seen = 0
    for (value, times) in seconds.enumerated() {
      seen += times
      if 2 * seen >= count { return Double(value) / (0.6745 * 6.0.squareRoot()) }
    }
    return nil
  }
}
