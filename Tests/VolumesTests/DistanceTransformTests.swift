import Testing
import Volumes

@Suite struct DistanceTransformTests {
  /// Straight from the definition: the smallest squared distance to any foreground voxel.
  private func searchedDistances(_ mask: LabelMap, spacing: SIMD3<Double>) -> [Float] {
    let size = mask.size
    func position(_ index: Int) -> SIMD3<Double> {
      SIMD3(Double(index % size.x), Double(index / size.x % size.y), Double(index / (size.x * size.y))) * spacing
    }
    let foreground = mask.labels.indices.filter { mask.labels[$0] != 0 }.map(position)
    return mask.labels.indices.map { index in
      let here = position(index)
      let squares = foreground.map { point in
        let offset = point - here
        return (offset * offset).sum()
      }
      return Float(squares.min() ?? .infinity)
    }
  }

  @Test func distancesAreThoseOfASearchThroughTheForeground() throws {
    var generator = MaskGenerator(seed: 11)
    var worst: Float = 0
    for size in try MaskGenerator.sizes() {
      for spacing in [SIMD3(1.0, 1, 1), SIMD3(0.7, 1.3, 2.5), SIMD3(3, 0.5, 8)] {
        for density in [0.01, 0.1, 0.6, 1] {
          let mask = generator.mask(size, density: density)
          let expected = searchedDistances(mask, spacing: spacing)
          for (found, wanted) in zip(mask.squaredDistances(spacing: spacing), expected) where found != wanted {
            worst = max(worst, abs(found - wanted) / max(wanted, 1))
          }
        }
      }
    }
    #expect(worst <= 4e-7, "worst relative error \(worst)")
  }

  @Test func withoutForegroundEveryDistanceIsInfinite() throws {
    let size = try #require(VolumeSize(x: 3, y: 4, z: 5))
    let distances = LabelMap(empty: size).squaredDistances(spacing: SIMD3(1, 2, 3))
    #expect(distances.count == 60)
    #expect(distances.allSatisfy { $0 == .infinity })
  }

  @Test func wholeMillimetresAreExact() throws {
    let size = try #require(VolumeSize(x: 40, y: 30, z: 20))
    var mask = LabelMap(empty: size)
    mask.labels[0] = 7
    let distances = mask.squaredDistances(spacing: SIMD3(1, 2, 3))
    #expect(distances[39] == 1521)
    #expect(distances[29 * 40] == 3364)
    #expect(distances[40 * 30 * 20 - 1] == 1521 + 3364 + 3249)
  }
}
