import Testing

@testable import Volumes

@Suite struct AxisOrderTests {
  /// Rotation about the axis of an LPS component, in degrees, as rotated unit vectors.
  private func rotated(about component: Int, cosine: Double, sine: Double) -> [SIMD3<Double>] {
    let (a, b) = ((component + 1) % 3, (component + 2) % 3)
    return VolumeGeometry.identityDirection.map { vector in
      var result = vector
      result[a] = cosine * vector[a] - sine * vector[b]
      result[b] = sine * vector[a] + cosine * vector[b]
      return result
    }
  }

  @Test func thereAre48OrdersAndEachHasAnInverse() {
    #expect(Set(AxisOrder.all).count == 48)
    #expect(AxisOrder.all.first == .identity)
    for order in AxisOrder.all { #expect(order.inverse.inverse == order) }
  }

  @Test func refusesAnAxisUsedTwice() {
    let x = AxisOrder.Step(source: .x, isReversed: false)
    let y = AxisOrder.Step(source: .y, isReversed: true)
    #expect(AxisOrder(x: x, y: y, z: x) == nil)
    #expect(PatientAxes(x: .left, y: .right, z: .superior) == nil)
  }

  @Test func every48OrdersRoundTripExactlyAndKeepPositions() throws {
    var worst = 0.0
    for direction in [VolumeGeometry.identityDirection, rotated(about: 1, cosine: 0.96, sine: 0.28)] {
      let volume = try randomVolume(try grid(try size(3, 2, 5), direction: direction), seed: 7)
      let labels = try #require(
        LabelMap(size: volume.size, labels: volume.voxels.map { UInt8(truncatingIfNeeded: $0) }))
      for order in AxisOrder.all {
        let reordered = volume.reordered(by: order)
        // Every voxel is found again at its position in the patient.
        for index in reordered.size.indices {
          let position = reordered.geometry.position(ofIndex: index.doubles)
          let source = volume.geometry.index(ofPosition: position)
          let nearest = SIMD3(Int(source.x.rounded()), Int(source.y.rounded()), Int(source.z.rounded()))
          worst = max(worst, (volume.geometry.position(ofIndex: nearest.doubles) - position).magnitude.max())
          #expect(reordered.voxels[reordered.size.offset(index)] == volume.voxels[volume.size.offset(nearest)])
        }
        let back = reordered.reordered(by: order.inverse)
        #expect(back.voxels == volume.voxels)
        #expect(back.size == volume.size && back.geometry.spacing == volume.geometry.spacing)
        #expect(back.geometry.direction == volume.geometry.direction)
        worst = max(worst, (back.geometry.origin - volume.geometry.origin).magnitude.max())
        #expect(labels.reordered(by: order).reordered(by: order.inverse) == labels)
        #expect(labels.reordered(by: order).labels == reordered.voxels.map { UInt8(truncatingIfNeeded: $0) })
      }
    }
    print("reordering: worst position error \(worst) mm")
    #expect(worst < 1e-9)
  }

  @Test func bringsEachOf48OrientationsToTheWantedAxes() throws {
    let axes = try #require(PatientAxes(x: .anterior, y: .inferior, z: .right))
    let start = try grid(try size(2, 3, 4))
    for order in AxisOrder.all {
      let geometry = start.reordered(by: order)
      for wanted in [PatientAxes.leftPosteriorSuperior, axes] {
        let result = geometry.reordered(by: AxisOrder(bringing: geometry, to: wanted))
        for axis in Axis.allCases { #expect(result.direction[axis.rawValue] == wanted[axis].vector) }
      }
      #expect(AxisOrder(bringing: geometry, to: .leftPosteriorSuperior) == order.inverse)
      #expect(geometry.obliqueness == 0)
    }
  }

  @Test func obliqueVolumesKeepTheirClosestAxesAndTellTheAngle() throws {
    // cos and sin of 3-4-5 triangles: 36.87 and 53.13 degrees.
    let slight = try grid(try size(2, 2, 2), direction: rotated(about: 0, cosine: 0.8, sine: 0.6))
    #expect(AxisOrder(bringing: slight, to: .leftPosteriorSuperior) == .identity)
    #expect(abs(slight.obliqueness - 36.869_897_645_844_02) < 1e-9)
    let steep = try grid(try size(2, 2, 2), direction: rotated(about: 0, cosine: 0.6, sine: 0.8))
    let order = AxisOrder(bringing: steep, to: .leftPosteriorSuperior)
    #expect(order.y.source == .z && order.y.isReversed && order.z.source == .y && !order.z.isReversed)
    #expect(abs(steep.obliqueness - 36.869_897_645_844_02) < 1e-9)
  }

  @Test func at45DegreesTheOrderIsStillAPermutationAndRoundingDoesNotDecideIt() throws {
    for component in 0..<3 {
      for error in [-1e-13, 0, 1e-13] {
        let sine = 0.5.squareRoot() + error
        let geometry = try grid(
          try size(2, 3, 4), direction: rotated(about: component, cosine: 0.5.squareRoot(), sine: sine))
        let order = AxisOrder(bringing: geometry, to: .leftPosteriorSuperior)
        #expect(order == .identity)
        #expect(abs(geometry.obliqueness - 45) < 1e-9)
      }
    }
    // Along the body's diagonal all three axes compete: 54.7 degrees from each.
    let (a, b) = (1 / 3.0.squareRoot(), 1 / 2.0.squareRoot())
    let (c, d) = (1 / 6.0.squareRoot(), 2 / 6.0.squareRoot())
    let diagonal = try grid(try size(2, 3, 4), direction: [[a, a, a], [b, -b, 0], [c, c, -d]])
    let order = AxisOrder(bringing: diagonal, to: .leftPosteriorSuperior)
    #expect(Set([order.x.source, order.y.source, order.z.source]).count == 3)
  }
}

extension SIMD3<Double> {
  /// |x|, |y|, |z|.
  var magnitude: SIMD3<Double> { SIMD3<Double>(abs(x), abs(y), abs(z)) }
}
