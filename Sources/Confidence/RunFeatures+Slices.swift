public import Volumes

extension RunFeatures {
  /// What neighbouring axial slices and neighbouring voxels of the image as it came say about its making.
  ///
  /// Extents; constant and repeated slices, jumps between slices where some are missing, and noise. Looks at about
  /// 16,000 voxels a slice; only the extents are measured when fewer than eight slices show a body.
  public init(slicesOf volume: Volume) {
    self.init()
    let box = VoxelBox(wholeOf: volume.size)
    let sampling = PatientSampling(of: volume.geometry, within: box, millimetres: 0)
    self[.extentAcross] = Double(sampling.size.x) * sampling.spacing.x
    self[.extentDeep] = Double(sampling.size.y) * sampling.spacing.y
    self[.extentAlong] = Double(sampling.size.z) * sampling.spacing.z
    let slices = volume.voxels.withUnsafeBufferPointer { SliceSums(voxels: $0, sampling: sampling) }
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

  init(voxels: UnsafeBufferPointer<Int16>, sampling: PatientSampling) {
    // Whole rows are read, so that noise is measured between true neighbours.
    let rows = max(1, min(sampling.size.y, 16_384 / max(sampling.size.x, 1), 96))
    let step = max(1, sampling.size.y / rows)
    var before: [Int16] = []
    for z in 0..<sampling.size.z {
      var slice: [Int16] = []
      slice.reserveCapacity(rows * sampling.size.x)
      for y in stride(from: step / 2, to: sampling.size.y, by: step) {
        let start = slice.count
        for x in 0..<sampling.size.x { slice.append(voxels[sampling.offset(x, y, z)]) }
        addNoise(slice[start...])
      }
      let first = slice[0]
      isConstant.append(slice.allSatisfy { $0 == first })
      showsBody.append(slice.count(where: { $0 > -300 }) * 10 >= slice.count)
      if !before.isEmpty {
        let sum = zip(before, slice).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        changes.append(Double(sum) / Double(slice.count))
      }
      before = slice
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
