import Testing

@testable import Volumes

/// Maps that go back to the host's grid slab by slab, against every voxel on its own.
@Suite struct BringBackTests {
  private static let heights = [1, 3, 1000]

  /// The places of working voxels around a host voxel and their weights along one axis; nil where it was cropped away.
  private func taps(_ axis: AxisMapping, _ index: Int) -> [(place: Int, weight: Float)]? {
    guard axis.covered.contains(index), !axis.filled.isEmpty else { return nil }
    let position = min(
      max(axis.workingIndex(ofHost: index), Double(axis.filled.lowerBound)), Double(axis.filled.upperBound - 1))
    let lower = Int(position.rounded(.down))
    let fraction = position - Double(lower)
    guard fraction > 0 else { return [(place: lower, weight: 1)] }
    return [(place: lower, weight: Float(1 - fraction)), (place: lower + 1, weight: Float(fraction))]
  }

  /// Linear interpolation along z, then y, then x, in Float as stated, of one host voxel.
  private func interpolated(
    _ mapping: GridMapping, at index: SIMD3<Int>, _ level: (Int) -> Float
  ) -> Float? {
    guard let x = taps(mapping.x, index.x), let y = taps(mapping.y, index.y), let z = taps(mapping.z, index.z) else {
      return nil
    }
    return x.reduce(0) { sum, x in
      let row: Float = y.reduce(0) { sum, y in
        let plane: Float = z.reduce(0) { sum, z in
          sum + z.weight * level(mapping.working.size.offset(SIMD3(x.place, y.place, z.place)))
        }
        return sum + y.weight * plane
      }
      return sum + x.weight * row
    }
  }

  /// Grids coarser and finer than the host's, cropped, padded, and the host's own.
  private func mappings(_ generator: inout SeededGenerator) throws -> [GridMapping] {
    var mappings: [GridMapping] = []
    for (number, shape) in [(7, 5, 11), (13, 1, 5), (1, 9, 2), (4, 17, 6), (1, 1, 1)].enumerated() {
      let host = try grid(try size(shape.0, shape.1, shape.2))
      var mapping = try GridMapping(host: host, spacing: [nil, SIMD3(1.5, 1.5, 1.5), SIMD3(0.6, 3, 1)][number % 3])
      let working = mapping.working.size
      func part(_ count: Int) -> Range<Int> {
        let lower = Int.random(in: 0..<count, using: &generator)
        return lower..<Int.random(in: lower + 1...count, using: &generator)
      }
      mappings.append(mapping)
      let box = try #require(VoxelBox(x: part(working.x), y: part(working.y), z: part(working.z)))
      mapping = try mapping.cropped(to: box).padded(toMinimum: try size(4, 9, 6))
      mappings.append(mapping)
    }
    return mappings
  }

  @Test func everyHeightAndOrientationGivesTheBitsOfEveryVoxelOnItsOwn() throws {
    var generator = SeededGenerator(seed: 5)
    var foreground = 0
    for mapping in try mappings(&generator) {
      let count = mapping.working.size.voxelCount
      // Empty slices and rows too.
      let values = (0..<count).map { $0 / 9 % 3 == 0 ? UInt8.random(in: 0...255, using: &generator) : 0 }
      let maps: [(name: String, map: ReturningMap, wanted: (SIMD3<Int>) -> UInt8)] = [
        (
          "mask", .mask(try #require(LabelMap(size: mapping.working.size, labels: values)), as: 6),
          { index in
            let share = interpolated(mapping, at: index) { values[$0] == 0 ? 0 : 1 } ?? 0
            return share + (0.5 + 0x1p-20) >= 1 ? 6 : 0
          }
        ),
        (
          "probability", .probability(values),
          { index in UInt8((interpolated(mapping, at: index) { Float(values[$0]) } ?? 0) + 0.5) }
        ),
        (
          "three masks", .masks(values, bits: [1, 2, 4]),
          { index in
            [UInt8(1), 2, 4].reduce(UInt8(0)) { bits, bit in
              let share = interpolated(mapping, at: index) { values[$0] & bit == 0 ? 0 : 1 } ?? 0
              return share + (0.5 + 0x1p-20) >= 1 ? bits | bit : bits
            }
          }
        ),
      ]
      for (name, map, wanted) in maps {
        let straight = mapping.host.size.indices.map(wanted)
        foreground += straight.count { $0 != 0 }
        for order in AxisOrder.all {
          // `order` has brought the host's axes into the mapping's.
          let host = order.inverse.reordering(straight, of: mapping.host.size)
          for height in Self.heights {
            let found = try mapping.onHost(map, order: order, slabHeight: height)
            #expect(found == host, "\(name), \(mapping.host.size), \(order), \(height)")
          }
        }
      }
    }
    print("brought back in 48 orientations: \(foreground) voxels that are not 0")
    #expect(foreground > 500)
  }

  @Test func tallyCountsAsTheWholeMaskSays() throws {
    var generator = SeededGenerator(seed: 6)
    var touching = 0
    for number in 0..<60 {
      let shape = try size(
        Int.random(in: 1...6, using: &generator), Int.random(in: 1...6, using: &generator),
        Int.random(in: 1...9, using: &generator))
      var mask = LabelMap(empty: shape)
      for _ in 0..<(number % 4) { mask.labels[Int.random(in: 0..<shape.voxelCount, using: &generator)] = 3 }
      let touches = shape.indices.contains { index in
        mask.labels[shape.offset(index)] != 0
          && Axis.allCases.contains { index[$0.rawValue] == 0 || index[$0.rawValue] == shape[$0] - 1 }
      }
      touching += touches ? 1 : 0
      let mapping = try GridMapping(host: try grid(shape))
      for height in Self.heights {
        var values = [UInt8](repeating: 9, count: shape.voxelCount)
        let tally = values.withUnsafeMutableBytes {
          mapping.bringBack(.mask(mask), into: HostMap($0), slabHeight: height) { _ in }
        }
        #expect(tally.voxelCount == mask.foregroundCount && tally.touchesBorder == touches, "\(shape)")
      }
    }
    #expect((10..<50).contains(touching))
  }

  /// Single precision at an odd address, with nothing written before or behind it.
  @Test func float32GoesBetweenItsNeighbours() throws {
    var generator = SeededGenerator(seed: 7)
    let mapping = try GridMapping(host: try grid(try size(5, 4, 3)), spacing: [1, 1, 1])
    let values = (0..<mapping.working.size.voxelCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
    for order in AxisOrder.all {
      let bytes = try mapping.onHost(.probability(values), order: order)
      var memory = [UInt8](repeating: 0xa5, count: 3 + 4 * bytes.count + 5)
      memory.withUnsafeMutableBytes { memory in
        let inner = UnsafeMutableRawBufferPointer(rebasing: memory[3..<3 + 4 * bytes.count])
        mapping.bringBack(.probability(values), into: HostMap(inner, element: .float32), order: order, slabHeight: 2) {
          _ in
        }
        for (index, byte) in bytes.enumerated() {
          let found = inner.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
          if found != Float(byte) / 255 { Issue.record("\(order), voxel \(index): \(found) for \(byte)") }
        }
      }
      #expect(memory.prefix(3) == [0xa5, 0xa5, 0xa5] && memory.suffix(5) == [0xa5, 0xa5, 0xa5, 0xa5, 0xa5])
    }
  }

  @Test func shareOfTheWorkNeverFalls() throws {
    let mapping = try GridMapping(host: try grid(try size(3, 3, 9)), spacing: [3, 3, 3])
    var shares: [Double] = []
    var values = [UInt8](repeating: 0, count: mapping.host.size.voxelCount)
    let mask = LabelMap(empty: mapping.working.size)
    _ = values.withUnsafeMutableBytes {
      mapping.bringBack(.mask(mask), into: HostMap($0), slabHeight: 2) { shares.append($0) }
    }
    #expect(shares == shares.sorted() && shares.first == 0 && shares.count == 10 && shares.allSatisfy { $0 < 1 })
  }
}
