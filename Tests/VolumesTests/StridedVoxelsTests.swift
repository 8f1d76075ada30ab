import Testing

@testable import Volumes

@Suite struct StridedVoxelsTests {
  /// clamp(round(slope * v + intercept)) of a stored pattern, ties to even.
  private func expected(_ pattern: UInt32, _ element: StridedVoxels.Element, slope: Double, intercept: Double) -> Int16
  {
    let value: Double =
      switch element {
      case .int16: Double(Int16(truncatingIfNeeded: pattern))
      case .uint16: Double(UInt16(truncatingIfNeeded: pattern))
      case .int32: Double(Int32(truncatingIfNeeded: pattern))
      case .float32: Double(Float(bitPattern: pattern))
      }
    return Int16(min(max((slope * value + intercept).rounded(.toNearestOrEven), -32768), 32767))
  }

  @Test(arguments: StridedVoxels.Element.allCases)
  func copiesEveryElementTypeThroughPaddedAndReversedStrides(element: StridedVoxels.Element) throws {
    var generator = SeededGenerator(seed: 11)
    for (shape, slope, intercept) in [
      (try size(1, 1, 1), 1.0, 0.0), (try size(2, 3, 7), 1, -1024), (try size(13, 1, 5), 0.5, 0.25),
      (try size(7, 31, 3), -2.5, 17),
    ] {
      for flips in 0..<8 {
        let reversed = (0..<3).map { flips >> $0 & 1 == 1 }
        var host = HostBuffer(shape, element: element, reversed: reversed, generator: &generator)
        var wanted: [Int16] = []
        for index in shape.indices {
          let pattern =
            element == .float32
            ? Float.random(in: -3000...3000, using: &generator).bitPattern
            : UInt32.random(in: 0...UInt32.max, using: &generator)
          host.store(pattern, at: index, width: element.byteCount)
          wanted.append(expected(pattern, element, slope: slope, intercept: intercept))
        }
        let geometry = try grid(shape)
        try host.bytes.withUnsafeBytes { bytes in
          let start = try #require(bytes.baseAddress)
          let source = try StridedVoxels(
            element: element, base: start + host.firstByte, size: shape, byteStrides: host.strides, slope: slope,
            intercept: intercept)
          let volume = try Volume(reading: source, geometry: geometry)
          #expect(volume.voxels == wanted)
          #expect(volume.hounsfieldRange == (try #require(wanted.min()))...(try #require(wanted.max())))
          for order in AxisOrder.all {
            let reordered = try Volume(reading: source.reordered(by: order), geometry: geometry.reordered(by: order))
            #expect(reordered.voxels == volume.reordered(by: order).voxels, "\(order)")
          }
        }
      }
    }
  }

  @Test func contiguousInt16IsCopiedAsItIs() throws {
    let volume = try randomVolume(try grid(try size(7, 13, 3)), seed: 3)
    let copy = try volume.voxels.withUnsafeBytes { bytes in
      try Volume(
        reading: try StridedVoxels(element: .int16, base: try #require(bytes.baseAddress), size: volume.size),
        geometry: volume.geometry)
    }
    #expect(copy.voxels == volume.voxels)
    #expect(copy.geometry == volume.geometry)
  }

  @Test func roundsTiesToEvenAndClampsToInt16() throws {
    let values: [Float] = [0.5, 1.5, -0.5, -1.5, 2.49999, 40000, -40000, 3e38, -3e38, 32767.5, -32768.5]
    let shape = try size(values.count, 1, 1)
    let volume = try values.withUnsafeBytes { bytes in
      try Volume(
        reading: try StridedVoxels(element: .float32, base: try #require(bytes.baseAddress), size: shape),
        geometry: try grid(shape))
    }
    #expect(volume.voxels == [0, 2, 0, -2, 2, 32767, -32768, 32767, -32768, 32767, -32768])
    for value in stride(from: Float(-40000), through: 40000, by: 0.25) {
      let rounded = Int16(min(max(value.rounded(.toNearestOrEven), -32768), 32767))
      guard Int16(clampedRounding: value) == rounded, Int16(clampedRounding: Double(value)) == rounded else {
        Issue.record("\(value) must round to \(rounded)")
        break
      }
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func refusesNonFiniteVoxelAndNamesIt(value: Float) throws {
    let shape = try size(3, 4, 5)
    var values = [Float](repeating: 1, count: 60)
    values[shape.offset([1, 2, 3])] = value
    let error = try #require(throws: VolumeError.self) {
      try values.withUnsafeBytes { bytes in
        _ = try Volume(
          reading: try StridedVoxels(element: .float32, base: try #require(bytes.baseAddress), size: shape),
          geometry: try grid(shape))
      }
    }
    #expect(error.code == .nonFiniteVoxel)
    #expect(error.message.contains("(1, 2, 3)"))
  }

  @Test func refusesSizeThatIsNotTheGeometrys() throws {
    let values = [Int16](repeating: 0, count: 24)
    let error = try #require(throws: VolumeError.self) {
      try values.withUnsafeBytes { bytes in
        _ = try Volume(
          reading: try StridedVoxels(element: .int16, base: try #require(bytes.baseAddress), size: try size(2, 3, 4)),
          geometry: try grid(try size(4, 3, 2)))
      }
    }
    #expect(error.code == .sizeMismatch)
    #expect(error.message.contains("2 x 3 x 4") && error.message.contains("4 x 3 x 2"))
  }

  @Test(arguments: [(0.0, 0.0), (.nan, 0), (.infinity, 0), (1, .nan), (1, -.infinity)])
  func refusesRescaleThatIsNotFiniteOrZero(slope: Double, intercept: Double) throws {
    let error = try #require(throws: VolumeError.self) {
      try withUnsafeBytes(of: Int64(0)) { bytes in
        _ = try StridedVoxels(
          element: .int16, base: try #require(bytes.baseAddress), size: try size(1, 1, 1), slope: slope,
          intercept: intercept)
      }
    }
    #expect(error.code == .invalidRescale)
  }

  @Test(arguments: [
    SIMD3(0, 4, 8), SIMD3(2, Int.max, 8), SIMD3(2, Int.min, 8), SIMD3(2, 4, Int.max / 3), SIMD3(2, 4, Int.min / 3),
    SIMD3(Int.max / 2, Int.max / 2, Int.max / 2), SIMD3(Int.min / 2, Int.min / 2, Int.min / 2), SIMD3(2, 4, 0),
  ])
  func refusesStridesThatLeaveTheAddressSpace(strides: SIMD3<Int>) throws {
    let error = try #require(throws: VolumeError.self) {
      try withUnsafeBytes(of: Int64(0)) { bytes in
        _ = try StridedVoxels(
          element: .int16, base: try #require(bytes.baseAddress), size: try size(2, 3, 7), byteStrides: strides)
      }
    }
    #expect(error.code == .invalidStrides)
  }

  @Test func ignoresTheStrideOfAnAxisOfOneVoxel() throws {
    let values: [Int16] = [5, 6]
    let shape = try size(2, 1, 1)
    for order in AxisOrder.all {
      let volume = try values.withUnsafeBytes { bytes in
        try Volume(
          reading: try StridedVoxels(
            element: .int16, base: try #require(bytes.baseAddress), size: shape, byteStrides: [2, Int.min, Int.max]
          ).reordered(by: order), geometry: try grid(shape).reordered(by: order))
      }
      #expect(volume.voxels.sorted() == [5, 6])
    }
  }
}
