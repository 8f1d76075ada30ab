import Testing

@testable import Volumes

/// The whole way of a host's voxels to the working grid and of the mask back, in every orientation.
@Suite struct OrientationRoundTripTests {
  @Test func everyOrientationGivesTheSameWorkingVoxelsAndTheSameMaskInThePatient() throws {
    // A slightly oblique body with a bright organ off its centre, in air.
    let direction: [SIMD3<Double>] = [[0.96, 0, -0.28], [0, 1, 0], [0.28, 0, 0.96]]
    let shape = try size(36, 30, 22)
    let geometry = try VolumeGeometry(
      size: shape, spacing: [1.5, 1.5, 2], origin: [-30, -200, 55], direction: direction)
    let voxels = shape.indices.map { index -> Int16 in
      let organ = index.doubles - [21, 12, 9]
      if (organ * organ).sum() < 30 { return 300 }
      return (4..<33).contains(index.x) && (5..<27).contains(index.y) ? 40 : -1000
    }
    let base = try #require(Volume(geometry: geometry, voxels: voxels))
    var first: (working: [Int16], mask: LabelMap)?
    var worst = 0.0
    for order in AxisOrder.all {
      let host = base.reordered(by: order)
      let toWorking = AxisOrder(bringing: host.geometry, to: .leftPosteriorSuperior)
      let oriented = try host.voxels.withUnsafeBytes { bytes in
        let source = try StridedVoxels(element: .int16, base: try #require(bytes.baseAddress), size: host.size)
        return try Volume(
          reading: source.reordered(by: toWorking), geometry: host.geometry.reordered(by: toWorking))
      }
      var working = try oriented.resampled(toSpacing: [3, 3, 3])
      let box = try #require(BodyBox(openingRadius: 1).box(in: working))
      let minimum = try size(1, 1, 24)
      let mapping = try GridMapping(host: oriented.geometry, spacing: [3, 3, 3]).cropped(to: box)
        .padded(toMinimum: minimum)
      working = try working.cropped(to: box).padded(toMinimum: minimum)
      #expect(working.geometry == mapping.working)
      let organ = try #require(LabelMap(size: working.size, labels: working.voxels.map { $0 > 170 ? 1 : 0 }))
      let mask = try mapping.maskOnHost(organ).reordered(by: toWorking.inverse)
      // Back in the base order everything must be the same, bit for bit.
      let straight = mask.reordered(by: order.inverse)
      if let first {
        #expect(first.working == working.voxels, "\(order)")
        #expect(first.mask.labels == straight.labels, "\(order)")
      } else {
        first = (working.voxels, straight)
      }
      let foreground = host.size.indices.filter { mask.labels[host.size.offset($0)] != 0 }
      let sum = foreground.reduce(SIMD3<Double>()) { $0 + host.geometry.position(ofIndex: $1.doubles) }
      let same = straight.size.indices.filter { straight.labels[straight.size.offset($0)] != 0 }
      let sameSum = same.reduce(SIMD3<Double>()) { $0 + geometry.position(ofIndex: $1.doubles) }
      #expect(foreground.count > 150)
      worst = max(worst, ((sum - sameSum) / Double(max(1, foreground.count))).magnitude.max())
    }
    print("48 orientations: worst distance of centroids \(worst) mm")
    #expect(worst < 1e-9)
    // The mask is where the organ is.
    let mask = try #require(first).mask
    let differing = zip(mask.labels, base.voxels).count { ($0 != 0) != ($1 == 300) }
    print("organ through the 3 mm grid: \(mask.foregroundCount) voxels, \(differing) differ")
    #expect(differing * 4 < mask.foregroundCount)
  }
}
