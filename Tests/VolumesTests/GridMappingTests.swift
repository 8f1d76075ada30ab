import Testing

@testable import Volumes

@Suite struct GridMappingTests {
  private struct Cancelled: Error {}

  /// The value at a host voxel straight from positions in the patient, in Double; nil = cropped away.
  private func reference(
    _ values: [Double], _ mapping: GridMapping, filled: VoxelBox, isCropped: (SIMD3<Int>) -> Bool, at host: SIMD3<Int>
  ) -> Double? {
    if isCropped(host) { return nil }
    let size = mapping.working.size
    let index = mapping.working.index(ofPosition: mapping.host.position(ofIndex: host.doubles))
    var sum = 0.0
    for corner in 0..<8 {
      var weight = 1.0
      var voxel = SIMD3<Int>()
      for axis in Axis.allCases {
        let range = filled[axis]
        let position = min(max(index[axis.rawValue], Double(range.lowerBound)), Double(range.upperBound - 1))
        let lower = Int(position.rounded(.down))
        let fraction = position - Double(lower)
        let isUpper = corner >> axis.rawValue & 1 == 1
        voxel[axis.rawValue] = min(lower + (isUpper ? 1 : 0), range.upperBound - 1)
        weight *= isUpper ? fraction : 1 - fraction
      }
      sum += weight * values[size.offset(voxel)]
    }
    return sum
  }

  @Test func masksAndProbabilitiesFollowTheFormula() throws {
    var generator = SeededGenerator(seed: 21)
    let extents = [1, 2, 3, 7, 13]
    var worst = 0.0
    var foreground = 0
    for seed in 0..<40 as Range<UInt64> {
      func any() -> Int { extents.randomElement(using: &generator) ?? 1 }
      let host = try grid(try size(any(), any(), any()))
      var spacing = host.spacing
      for axis in 0..<3 { spacing[axis] *= Double.random(in: 0.3...5, using: &generator) }
      var mapping = try GridMapping(host: host, spacing: seed % 8 == 0 ? nil : spacing)
      // A random box of the working grid, then padding.
      let resampled = mapping.working.size
      func part(_ count: Int) -> Range<Int> {
        let lower = Int.random(in: 0..<count, using: &generator)
        return lower..<Int.random(in: lower + 1...count, using: &generator)
      }
      let box =
        seed % 3 == 0
        ? VoxelBox(wholeOf: resampled)
        : try #require(VoxelBox(x: part(resampled.x), y: part(resampled.y), z: part(resampled.z)))
      let uncropped = mapping
      let minimum = seed % 2 == 0 ? try size(1, 1, 1) : try size(4, 9, 6)
      mapping = try mapping.cropped(to: box).padded(toMinimum: minimum)
      let filled = try #require(mapping.filled)
      for axis in Axis.allCases { #expect(filled[axis].count == box[axis].count) }
      let isCropped = { (voxel: SIMD3<Int>) in
        let index = uncropped.working.index(ofPosition: host.position(ofIndex: voxel.doubles))
        return Axis.allCases.contains { axis in
          let position = index[axis.rawValue]
          return box[axis].lowerBound > 0 && position < Double(box[axis].lowerBound) - 0.5 - 1e-6
            || box[axis].upperBound < resampled[axis] && position > Double(box[axis].upperBound) - 0.5 + 1e-6
        }
      }
      let probability = (0..<mapping.working.size.voxelCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let mask = try #require(LabelMap(size: mapping.working.size, labels: probability.map { $0 > 100 ? $0 : 0 }))
      let probabilityBack = try mapping.onHost(.probability(probability))
      let maskBack = try mapping.maskOnHost(mask)
      #expect(maskBack.size == host.size)
      for index in host.size.indices {
        let offset = host.size.offset(index)
        let wanted = reference(probability.map { Double($0) }, mapping, filled: filled, isCropped: isCropped, at: index)
        worst = max(worst, abs(Double(probabilityBack[offset]) - (wanted ?? 0)) - 0.5)
        let share = reference(
          mask.labels.map { $0 == 0 ? 0 : 1 }, mapping, filled: filled, isCropped: isCropped, at: index)
        // A share of one half, give or take Float's rounding, may fall on either side.
        if let share, abs(share - 0.5) < 1e-5 { continue }
        #expect(maskBack.labels[offset] == ((share ?? 0) >= 0.5 ? 1 : 0))
        foreground += Int(maskBack.labels[offset])
      }
    }
    print("return to the host's grid: worst error beyond rounding \(worst) of 255, \(foreground) foreground voxels")
    #expect(worst < 1e-3)
    #expect(foreground > 1000)
  }

  @Test func theSameGridPassesThroughExactly() throws {
    var generator = SeededGenerator(seed: 2)
    let host = try grid(try size(7, 13, 5))
    let values = (0..<host.size.voxelCount).map { _ in UInt8.random(in: 0...255, using: &generator) }
    let mask = try #require(LabelMap(size: host.size, labels: values.map { $0 & 1 }))
    for mapping in [try GridMapping(host: host), try GridMapping(host: host, spacing: host.spacing)] {
      #expect(mapping.working == host)
      #expect(try mapping.maskOnHost(mask) == mask)
      #expect(try mapping.onHost(.probability(values)) == values)
    }
  }

  @Test func croppedAndPaddedVoxelsGoBackToTheirPlaces() throws {
    let host = try grid(try size(9, 8, 5))
    let volume = try randomVolume(host, seed: 3)
    let box = try #require(VoxelBox(x: 2..<7, y: 1..<8, z: 0..<5))
    let minimum = try size(4, 10, 32)
    let mapping = try GridMapping(host: host).cropped(to: box).padded(toMinimum: minimum)
    let working = try volume.cropped(to: box).padded(toMinimum: minimum)
    #expect(mapping.working == working.geometry)
    let labels = try #require(LabelMap(size: working.size, labels: working.voxels.map { $0 > 900 ? 1 : 0 }))
    let back = try mapping.maskOnHost(labels)
    for index in host.size.indices {
      let isInside = box.x.contains(index.x) && box.y.contains(index.y) && box.z.contains(index.z)
      let offset = host.size.offset(index)
      #expect(back.labels[offset] == (isInside && volume.voxels[offset] > 900 ? 1 : 0))
    }
  }

  @Test func volumesAndMappingsDescribeTheSameGrids() throws {
    let volume = try randomVolume(try grid(try size(31, 13, 7)), seed: 8)
    var mapping = try GridMapping(host: volume.geometry, spacing: [1.5, 1.5, 1.5])
    var working = try volume.resampled(toSpacing: [1.5, 1.5, 1.5])
    #expect(mapping.working == working.geometry)
    let box = try #require(VoxelBox(x: 3..<10, y: 1..<7, z: 2..<9))
    (mapping, working) = (try mapping.cropped(to: box), try working.cropped(to: box))
    (mapping, working) = (
      try mapping.padded(toMinimum: try size(8, 8, 8)), try working.padded(toMinimum: try size(8, 8, 8))
    )
    #expect(mapping.working == working.geometry)
    for index in volume.size.indices {
      let position = volume.geometry.position(ofIndex: index.doubles)
      let wanted = working.geometry.index(ofPosition: position)
      for axis in Axis.allCases {
        #expect(abs(mapping[axis].workingIndex(ofHost: index[axis.rawValue]) - wanted[axis.rawValue]) < 1e-9)
      }
    }
  }

  @Test(arguments: [3, 5, 7])
  func sharesOfExactlyOneHalfAreForeground(ratio: Int) throws {
    // Working voxels are ratio / 2 host voxels long: host voxel i lies at (4 i + 2 - ratio) / (2 ratio), so that shares
    // are whole numbers of 1 / (2 ratio)^3, computed exactly here.
    var generator = SeededGenerator(seed: 41)
    let unit = 2 * ratio
    let spacing = 1.5 * Double(ratio)
    let host = try grid(try size(3 * ratio, 5 * ratio, 4 * ratio), spacing: [3, 3, 3])
    let mapping = try GridMapping(host: host, spacing: [spacing, spacing, spacing])
    let working = mapping.working.size
    let labels = (0..<working.voxelCount).map { _ in UInt8.random(in: 0...1, using: &generator) }
    let back = try mapping.maskOnHost(try #require(LabelMap(size: working, labels: labels)))
    var halves = 0
    var mistakes = 0
    for index in mapping.host.size.indices {
      var share = 0
      for corner in 0..<8 {
        var weight = 1
        var voxel = SIMD3<Int>()
        for axis in Axis.allCases {
          let place = min(max(4 * index[axis.rawValue] + 2 - ratio, 0), unit * (working[axis] - 1))
          let isUpper = corner >> axis.rawValue & 1 == 1
          voxel[axis.rawValue] = min(place / unit + (isUpper ? 1 : 0), working[axis] - 1)
          weight *= isUpper ? place % unit : unit - place % unit
        }
        share += weight * Int(labels[working.offset(voxel)])
      }
      halves += 2 * share == unit * unit * unit ? 1 : 0
      mistakes += (2 * share >= unit * unit * unit) == (back.labels[mapping.host.size.offset(index)] == 1) ? 0 : 1
    }
    print("\(halves) shares of exactly one half among \(back.labels.count)")
    #expect(halves > 50)
    #expect(mistakes == 0)
  }

  @Test func paddingTakesNoPart() throws {
    let host = try grid(try size(3, 3, 4), spacing: [1, 1, 1])
    let mapping = try GridMapping(host: host, spacing: [1, 1, 2]).padded(toMinimum: try size(1, 1, 9))
    var mask = LabelMap(empty: mapping.working.size)
    for offset in mask.labels.indices { mask.labels[offset] = 1 }
    for index in mask.size.indices where mapping.z.filled.contains(index.z) { mask.labels[mask.size.offset(index)] = 0 }
    #expect(mapping.z.filled == 3..<5)
    #expect(try mapping.maskOnHost(mask).isEmpty)
  }

  @Test func roundingTheGridDoesNotLoseTheLastSlices() throws {
    // 10 mm in voxels of 4 mm are 2 (ties to even): the last host slices lie beyond the working grid's edge.
    let host = try grid(try size(1, 1, 10), spacing: [4, 4, 1])
    let mapping = try GridMapping(host: host, spacing: [4, 4, 4])
    #expect(mapping.working.size.z == 2)
    let mask = try #require(LabelMap(size: mapping.working.size, labels: [0, 1]))
    #expect(try mapping.maskOnHost(mask).labels == [0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
  }

  @Test func aBallComesBackFromThreeMillimetresInItsPlace() throws {
    let host = try grid(try size(61, 57, 37), spacing: [0.8, 0.8, 1.25])
    let centre = host.position(ofIndex: [30.25, 28, 18.5])
    func ball(_ geometry: VolumeGeometry) throws -> LabelMap {
      let labels = geometry.size.indices.map { index -> UInt8 in
        let offset = geometry.position(ofIndex: index.doubles) - centre
        return (offset * offset).sum() < 18 * 18 ? 1 : 0
      }
      return try #require(LabelMap(size: geometry.size, labels: labels))
    }
    let mapping = try GridMapping(host: host, spacing: [3, 3, 3])
    let back = try mapping.maskOnHost(try ball(mapping.working))
    let foreground = host.size.indices.filter { back.labels[host.size.offset($0)] != 0 }
    let sum = foreground.reduce(SIMD3<Double>()) { $0 + host.position(ofIndex: $1.doubles) }
    let shift = (sum / Double(foreground.count) - centre).magnitude.max()
    let dice = try #require(diceCoefficient(back, try ball(host)))
    print("a ball of 18 mm radius through a 3 mm grid: DSC \(dice), centroid moved by \(shift) mm")
    #expect(dice > 0.95)
    #expect(shift < 0.3)
  }

  @Test func cancellationEndsBetweenHostSlices() throws {
    let mapping = try GridMapping(host: try grid(try size(3, 3, 9)), spacing: [3, 3, 3])
    let mask = LabelMap(empty: mapping.working.size)
    var values = [UInt8](repeating: 0, count: mapping.host.size.voxelCount)
    // Once for the clearing of the memory, then for each slice.
    for limit in 1...10 {
      var asked = 0
      #expect(throws: Cancelled.self) {
        try values.withUnsafeMutableBytes {
          try mapping.bringBack(.mask(mask), into: HostMap($0), slabHeight: 2) { _ throws(Cancelled) in
            asked += 1
            if asked == limit { throw Cancelled() }
          }
        }
      }
      #expect(asked == limit)
    }
  }
}
