import Testing

@testable import Volumes

/// Reading by slabs against the whole volume at once: the same bits for any height of the slabs and any orientation.
@Suite struct VolumeSlabsTests {
  private struct Cancelled: Error {}

  private static let heights = [1, 3, 4, 1000]
  private static let sizes = [(1, 1, 1), (7, 5, 11), (13, 1, 5), (1, 9, 2), (4, 17, 3)]

  /// HU of every voxel of `order`'s volume, each from its own address.
  private func whole(_ voxels: StridedVoxels, _ order: AxisOrder) -> [Int16] {
    voxels.size.reordered(by: order).indices.map { index in
      var place = 0
      for axis in Axis.allCases {
        let (step, count) = (order[axis], voxels.size[order[axis].source])
        let source = step.isReversed ? count - 1 - index[axis.rawValue] : index[axis.rawValue]
        place += source * voxels.byteStrides[step.source.rawValue]
      }
      let address = voxels.base + place
      let value: Double =
        switch voxels.element {
        case .int16: Double(address.loadUnaligned(as: Int16.self))
        case .uint16: Double(address.loadUnaligned(as: UInt16.self))
        case .int32: Double(address.loadUnaligned(as: Int32.self))
        case .float32: Double(address.loadUnaligned(as: Float.self))
        }
      let hounsfield = (voxels.slope * value + voxels.intercept).rounded(.toNearestOrEven)
      return Int16(min(max(hounsfield, -32768), 32767))
    }
  }

  @Test(arguments: StridedVoxels.Element.allCases)
  func everyHeightAndOrientationGivesTheBitsOfTheWholeVolume(element: StridedVoxels.Element) throws {
    var generator = SeededGenerator(seed: 23)
    for (number, shape) in try Self.sizes.map({ try size($0.0, $0.1, $0.2) }).enumerated() {
      let reversed = (0..<3).map { (number + 1) >> $0 & 1 == 1 }
      let host = HostBuffer.random(shape, element, reversed: reversed, generator: &generator)
      let geometry = try grid(shape)
      let (slope, intercept) = number % 2 == 0 ? (1.0, 0.0) : (0.5, -1024)
      try host.bytes.withUnsafeBytes { bytes in
        let voxels = try StridedVoxels(
          element: element, base: try #require(bytes.baseAddress) + host.firstByte, size: shape,
          byteStrides: host.strides, slope: slope, intercept: intercept)
        for order in AxisOrder.all {
          let wanted = whole(voxels, order)
          let reordered = geometry.reordered(by: order)
          let resampled = try #require(Volume(geometry: reordered, voxels: wanted)).resampled(toSpacing: [2, 2, 2])
          for height in Self.heights {
            var slabs = try HounsfieldSlabs(voxels.reordered(by: order), geometry: reordered)
            let copy = try slabs.volume(atSpacing: nil, slabHeight: height) { _ in }
            #expect(copy.voxels == wanted && copy.geometry == reordered, "\(shape), \(order), \(height)")
            #expect(slabs.hounsfieldRange == (try #require(wanted.min()))...(try #require(wanted.max())))
            slabs = try HounsfieldSlabs(voxels.reordered(by: order), geometry: reordered)
            let other = try slabs.volume(atSpacing: [2, 2, 2], slabHeight: height) { _ in }
            #expect(other.voxels == resampled.voxels && other.geometry == resampled.geometry, "\(order), \(height)")
            #expect(slabs.hounsfieldRange == (try #require(wanted.min()))...(try #require(wanted.max())))
          }
        }
      }
    }
  }

  @Test func spacingThatIsThereAlreadyCopies() throws {
    let volume = try randomVolume(try grid(try size(5, 4, 3), spacing: [3, 3 * (1 + 5e-7), 3]), seed: 1)
    let copy = try volume.voxels.withUnsafeBytes { bytes in
      var slabs = try HounsfieldSlabs(
        StridedVoxels(element: .int16, base: #require(bytes.baseAddress), size: volume.size),
        geometry: volume.geometry)
      return try slabs.volume(atSpacing: [3, 3, 3], slabHeight: 2) { _ in }
    }
    #expect(copy.voxels == volume.voxels && copy.geometry == volume.geometry)
    #expect(try volume.geometry.resamplingBytes(toSpacing: [3, 3, 3]) == 0)
    #expect(try volume.geometry.resamplingBytes(toSpacing: [2, 3, 3]) > 2 * volume.size.voxelCount)
  }

  /// Slabs are read along the orientation's z, whichever axis of the host that is.
  @Test(arguments: [Float.nan, .infinity]) func firstVoxelThatIsNotFiniteIsNamed(value: Float) throws {
    let shape = try size(3, 4, 5)
    var values = [Float](repeating: 1, count: 60)
    for index in [SIMD3(1, 2, 3), [2, 1, 4], [0, 3, 2]] { values[shape.offset(index)] = value }
    for order in AxisOrder.all {
      let reordered = order.reordering(values, of: shape)
      let size = shape.reordered(by: order)
      let first = try #require(size.indices.first { !reordered[size.offset($0)].isFinite })
      for height in Self.heights {
        let error = try #require(throws: VolumeError.self) {
          try values.withUnsafeBytes { bytes in
            let voxels = try StridedVoxels(element: .float32, base: #require(bytes.baseAddress), size: shape)
            _ = try Volume(
              reading: voxels.reordered(by: order), geometry: try grid(shape).reordered(by: order), slabHeight: height)
          }
        }
        #expect(error.code == .nonFiniteVoxel)
        #expect(error.message.contains("(\(first.x), \(first.y), \(first.z))"), "\(order), \(height): \(error)")
      }
    }
  }

  @Test(arguments: [nil, SIMD3<Double>(repeating: 3)])
  func cancellationEndsBetweenSlabs(spacing: SIMD3<Double>?) throws {
    let volume = try randomVolume(try grid(try size(3, 3, 9)), seed: 2)
    // Nine slices in slabs of two: a moment each to stop at when they are resampled, else one for each slab.
    for limit in 1...(spacing == nil ? 5 : 9) {
      var asked: [Int] = []
      #expect(throws: Cancelled.self) {
        try volume.voxels.withUnsafeBytes { bytes in
          var slabs = try HounsfieldSlabs(
            StridedVoxels(element: .int16, base: #require(bytes.baseAddress), size: volume.size),
            geometry: volume.geometry)
          _ = try slabs.volume(atSpacing: spacing, slabHeight: 2) { done in
            asked.append(done)
            if asked.count == limit { throw Cancelled() }
          }
        }
      }
      #expect(asked == (0..<limit).map { spacing == nil ? 2 * $0 : $0 })
    }
  }

  @Test func regionsFollowTheVolumeAtAnyHeight() throws {
    var generator = SeededGenerator(seed: 31)
    for shape in try Self.sizes.map({ try size($0.0, $0.1, $0.2) }) {
      let geometry = try grid(shape)
      func part(_ count: Int) -> Range<Int> {
        let lower = Int.random(in: 0..<count, using: &generator)
        return lower..<Int.random(in: lower + 1...count, using: &generator)
      }
      let box = try #require(VoxelBox(x: part(shape.x), y: part(shape.y), z: part(shape.z)))
      let inside = shape.indices.map { box.x.contains($0.x) && box.y.contains($0.y) && box.z.contains($0.z) }
      let labels = (0..<shape.voxelCount).map { _ in UInt8.random(in: 0...2, using: &generator) }
      for order in AxisOrder.all {
        for height in Self.heights {
          var boxed = RegionSlabs(box: box, of: geometry, reordered: order)
          let drawn = try boxed.volume(atSpacing: nil, slabHeight: height) { _ in }
          #expect(drawn.voxels == order.reordering(inside.map { $0 ? 1000 : 0 }, of: shape), "\(box), \(order)")
          #expect(drawn.geometry == geometry.reordered(by: order))
          let labelled = try labels.withUnsafeBufferPointer { labels in
            var slabs = try #require(RegionSlabs(labels: labels, of: geometry, reordered: order))
            return try slabs.volume(atSpacing: nil, slabHeight: height) { _ in }
          }
          #expect(labelled.voxels == order.reordering(labels.map { $0 == 0 ? 0 : 1000 }, of: shape), "\(order)")
        }
      }
      labels.dropLast().withUnsafeBufferPointer {
        #expect(RegionSlabs(labels: $0, of: geometry, reordered: .identity) == nil)
      }
    }
  }

  @Test func slabsHaveAboutTwoMillionVoxels() throws {
    #expect(try size(512, 512, 600).slabHeight == 8 && size(512, 512, 600).slabVoxelCount == 1 << 21)
    #expect(try size(1, 1, 5).slabHeight == 5 && size(1 << 12, 1 << 12, 3).slabHeight == 1)
  }
}
