import Glibc
import Testing

@testable import Volumes

/// The formula of one axis, in Double: filter every input sample, then interpolate.
func referenceResampled(_ input: [Double], outputCount: Int, step: Double) -> [Double] {
  let n = input.count
  let sigma = 0.42 * max(step * step - 1, 0).squareRoot()
  let radius = Int(4 * sigma + 0.5)
  var filtered = input
  if radius > 0 {
    for i in 0..<n {
      var (sum, norm) = (0.0, 0.0)
      for k in -radius...radius {
        let weight = exp(-0.5 * Double(k * k) / (sigma * sigma))
        sum += weight * input[min(max(i + k, 0), n - 1)]
        norm += weight
      }
      filtered[i] = sum / norm
    }
  }
  return (0..<outputCount).map { i in
    let position = min(max((Double(i) + 0.5) * step - 0.5, 0), Double(n - 1))
    let lower = Int(position)
    let fraction = position - Double(lower)
    return filtered[lower] * (1 - fraction) + filtered[min(lower + 1, n - 1)] * fraction
  }
}

/// Applies `line` to every line of `values` along one axis.
func mapLines(
  _ values: [Double], _ shape: SIMD3<Int>, axis: Int, newCount: Int, _ line: ([Double]) -> [Double]
) -> ([Double], SIMD3<Int>) {
  var target = shape
  target[axis] = newCount
  var output = [Double](repeating: 0, count: target.x * target.y * target.z)
  let (a, b) = ((axis + 1) % 3, (axis + 2) % 3)
  for i in 0..<shape[a] {
    for j in 0..<shape[b] {
      var index = SIMD3<Int>()
      (index[a], index[b]) = (i, j)
      let input = (0..<shape[axis]).map { k in
        index[axis] = k
        return values[index.x + shape.x * (index.y + shape.y * index.z)]
      }
      for (k, value) in line(input).enumerated() {
        index[axis] = k
        output[index.x + target.x * (index.y + target.y * index.z)] = value
      }
    }
  }
  return (output, target)
}

@Suite struct ResamplingTests {
  private struct Cancelled: Error {}

  @Test func weightsAreTheFilterAndTheInterpolationInOne() {
    var generator = SeededGenerator(seed: 5)
    var worst = 0.0
    for inputCount in [1, 2, 3, 7, 13, 31] {
      let input = (0..<inputCount).map { _ in Float.random(in: -1000...1000, using: &generator) }
      for step in [0.3, 0.37, 0.5, 1.000_01, 1.1, 1.5, 2, 2.857, 3, 4.2, 5, 40] {
        let outputCount = max(1, Int((Double(inputCount) / step).rounded(.toNearestOrEven)))
        let plan = AxisResampling(inputCount: inputCount, outputCount: outputCount, step: step)
        var output = [Float](repeating: .nan, count: outputCount)
        input.withUnsafeBufferPointer { source in
          output.withUnsafeMutableBufferPointer { plan.apply(to: source, rows: 1, into: $0) }
        }
        let wanted = referenceResampled(input.map { Double($0) }, outputCount: outputCount, step: step)
        for (value, reference) in zip(output, wanted) { worst = max(worst, abs(Double(value) - reference)) }
        // The ranges which the stream relies on.
        for (source, targets) in plan.outputsNeedingInputs().enumerated() {
          let needing = (0..<outputCount).filter { plan.firsts[$0] <= source && source <= plan.last($0) }
          #expect(Array(targets) == needing, "\(inputCount) samples, step \(step), input \(source)")
        }
      }
    }
    print("resampling of one axis: worst error \(worst) HU of 1000")
    #expect(worst < 2e-3)
  }

  @Test func volumesFollowTheFormulaOnEveryAxis() throws {
    var worst = 0.0
    var generator = SeededGenerator(seed: 9)
    let extents = [1, 2, 3, 7, 13, 31]
    for seed in 0..<40 as Range<UInt64> {
      func any() -> Int { extents.randomElement(using: &generator) ?? 1 }
      let geometry = try grid(try size(any(), any(), min(any(), 13)))
      var ratio = SIMD3<Double>()
      for axis in 0..<3 { ratio[axis] = Double.random(in: 0.3...5, using: &generator) }
      if seed % 4 == 0 { ratio[Int(seed / 4) % 3] = 1 }
      let volume = try randomVolume(geometry, seed: seed)
      let result = try volume.resampled(toSpacing: geometry.spacing * ratio)
      var values = volume.voxels.map { Double($0) }
      var shape = SIMD3(geometry.size.x, geometry.size.y, geometry.size.z)
      for axis in Axis.allCases {
        let step = ratio[axis.rawValue]
        let count = max(1, Int((Double(geometry.size[axis]) / step).rounded(.toNearestOrEven)))
        #expect(result.size[axis] == count)
        guard step != 1 else { continue }
        (values, shape) = mapLines(values, shape, axis: axis.rawValue, newCount: result.size[axis]) {
          referenceResampled($0, outputCount: result.size[axis], step: step)
        }
      }
      for (value, reference) in zip(result.voxels, values) {
        let clamped = min(max(reference, -32768), 32767)
        worst = max(worst, abs(Double(value) - clamped) - 0.5)
      }
    }
    print("resampling of volumes: worst error beyond rounding \(worst) HU")
    #expect(worst < 2e-3)
  }

  @Test func agreesWithSciPyOnAGoldenVolume() throws {
    // scipy.ndimage.gaussian_filter + linear interpolation, float32, of the numbers of a small congruential generator.
    let golden: [Double] = [
      206.321, -47.992, -284.899, -162.033, 206.971, 187.635, 28.902, -83.182, 88.443, 326.501, -301.069, -191.461,
    ]
    let goldenEnd: [Double] = [25.521, -117.404, -191.466, -255.151, -211.572, 33.946]
    var state = 12345
    let voxels = (0..<13 * 7 * 9).map { _ in
      state = (state * 1_103_515_245 + 12345) % (1 << 31)
      return Int16((state >> 16) % 2000 - 1000)
    }
    let geometry = try grid(try size(13, 7, 9), spacing: [0.7, 0.9, 5])
    let result = try #require(Volume(geometry: geometry, voxels: voxels)).resampled(toSpacing: [2, 2, 2])
    #expect(result.size == (try size(5, 3, 22)))
    for (value, wanted) in zip(result.voxels, golden) { #expect(abs(Double(value) - wanted) <= 0.501) }
    for (value, wanted) in zip(result.voxels.suffix(6), goldenEnd) { #expect(abs(Double(value) - wanted) <= 0.501) }
    #expect(result.voxels.reduce(0) { $0 + Int($1) } == -4806)
  }

  @Test func theOuterCornersCoincide() throws {
    let geometry = try grid(try size(12, 10, 6), spacing: [1, 2, 0.5])
    let result = try geometry.resampled(toSpacing: [3, 1, 1.5])
    #expect(result.size == (try size(4, 20, 2)))
    let corner = geometry.position(ofIndex: [-0.5, -0.5, -0.5])
    let far = geometry.position(ofIndex: [11.5, 9.5, 5.5])
    #expect((result.position(ofIndex: [-0.5, -0.5, -0.5]) - corner).magnitude.max() < 1e-9)
    #expect((result.position(ofIndex: [3.5, 19.5, 1.5]) - far).magnitude.max() < 1e-9)
  }

  @Test func anAxisAtTheTargetIsUntouched() throws {
    let geometry = try grid(try size(7, 5, 3), spacing: [3, 3 * (1 + 5e-7), 3])
    let volume = try randomVolume(geometry, seed: 1)
    let same = try volume.resampled(toSpacing: [3, 3, 3])
    #expect(same.voxels == volume.voxels && same.geometry == volume.geometry)
    let half = try volume.resampled(toSpacing: [3, 3, 1.5])
    #expect(half.size == (try size(7, 5, 6)) && half.geometry.spacing.y == geometry.spacing.y)
    // The outermost slices of the finer grid lie beyond the first and last centre: exact copies.
    #expect(half.voxels.prefix(35) == volume.voxels.prefix(35) && half.voxels.suffix(35) == volume.voxels.suffix(35))
  }

  @Test func constantVolumesStayConstant() throws {
    let geometry = try grid(try size(13, 7, 31), spacing: [0.7, 0.7, 1])
    let volume = try #require(Volume(geometry: geometry, voxels: .init(repeating: -1021, count: 13 * 7 * 31)))
    #expect(Set(try volume.resampled(toSpacing: [3, 0.4, 2.1]).voxels) == [-1021])
  }

  @Test func cancellationEndsBetweenSlices() throws {
    let volume = try randomVolume(try grid(try size(3, 3, 9)), seed: 2)
    var slices = 0
    #expect(throws: Cancelled.self) {
      _ = try volume.resampled(toSpacing: [3, 3, 3]) {
        slices += 1
        if slices == 5 { throw Cancelled() }
      }
    }
    #expect(slices == 5)
  }

  @Test(arguments: [0, -1, Double.nan, .infinity, 1e-4, 2000])
  func refusesSpacingOutsideItsRange(spacing: Double) throws {
    let geometry = try grid(try size(3, 3, 3))
    let error = try #require(throws: VolumeError.self) { _ = try geometry.resampled(toSpacing: [1, spacing, 1]) }
    #expect(error.code == .invalidSpacing)
    #expect(error.message.contains("along y"))
  }

  @Test func refusesGridsOfTooManyVoxels() throws {
    let geometry = try grid(try size(512, 512, 200), spacing: [1000, 1000, 1000])
    for spacing in [SIMD3<Double>(0.001, 0.001, 0.001), [1, 1, 1000]] {
      let error = try #require(throws: VolumeError.self) { _ = try geometry.resampled(toSpacing: spacing) }
      #expect(error.code == .tooManyVoxels)
    }
    let padding = try #require(throws: VolumeError.self) {
      _ = try geometry.padded(toMinimum: try size(1, 1, 1 << 32))
    }
    #expect(padding.code == .tooManyVoxels)
  }

  @Test func smallVolumesOfHugeSpacingDoNotGrowWithoutBound() throws {
    let geometry = try grid(try size(20, 20, 20), spacing: [200, 200, 200])
    let error = try #require(throws: VolumeError.self) { _ = try geometry.resampled(toSpacing: [3, 3, 3]) }
    #expect(error.code == .tooManyVoxels)
    #expect(error.message.contains("200.0 x 200.0 x 200.0 mm"))
    let padding = try #require(throws: VolumeError.self) {
      _ = try geometry.padded(toMinimum: try size(1024, 1024, 1024))
    }
    #expect(padding.code == .tooManyVoxels)
  }

  @Test func volumesThatAreLargeAlreadyMayStaySo() throws {
    let geometry = try grid(try size(1024, 1024, 512), spacing: [1, 1, 1])
    #expect(try geometry.resampled(toSpacing: [1, 1, 1]).size == geometry.size)
    #expect(try geometry.resampled(toSpacing: [1, 1.1, 1]).size.voxelCount > VolumeSize.largestDerivedVoxelCount)
    #expect(try geometry.padded(toMinimum: try size(1, 1, 1)).size == geometry.size)
  }
}
