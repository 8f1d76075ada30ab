import Foundation
import Testing
import Volumes

@testable import Phantom

/// What each corruption changes and what it leaves, on a small case whose voxels are all known.
@Suite struct CorruptionTests {
  /// A ball of pancreas in a block whose HU tell x, y and z apart.
  static func original(seed: UInt64, organRadius: Double = 7) throws -> SyntheticCase {
    let size = try #require(VolumeSize(x: 30, y: 26, z: 48))
    let geometry = try VolumeGeometry(
      size: size, spacing: SIMD3(3, 3, 2.5), origin: SIMD3(-40, 10, 100),
      direction: VolumeGeometry.identityDirection)
    var voxels: [Int16] = []
    var labels: [UInt8] = []
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          voxels.append(Int16(x + 5 * y + 9 * z) - 300)
          let offset = SIMD3(Double(x - 15), Double(y - 12), Double(z - 24))
          labels.append((offset * offset).sum() <= organRadius * organRadius ? PhantomLabel.pancreas.rawValue : 2)
        }
      }
    }
    let record = PhantomRecord(source: "test", seed: seed, geometry: geometry, choices: ["age": .number(1)])
    return SyntheticCase(
      volume: try #require(Volume(geometry: geometry, voxels: voxels)),
      labels: try #require(LabelMap(size: size, labels: labels)), record: record)
  }

  @Test(arguments: [(-1, 0), (0, 1), (3, 3)]) func caseWithoutAValueForEveryVoxelIsRefused(_ more: (Int, Int)) throws {
    let geometry = try Self.original(seed: 1).volume.geometry
    let count = geometry.size.voxelCount
    let record = PhantomRecord(source: "test", seed: 1, geometry: geometry, choices: [:])
    let error = #expect(throws: PhantomError.self) {
      _ = try SyntheticCase(
        geometry: geometry, voxels: [Int16](repeating: 0, count: count + more.0),
        labels: [UInt8](repeating: 0, count: count + more.1), record: record)
    }
    #expect(error?.description.contains("expected one of each for \(count) voxels") == true)
  }

  private static let seeds: ClosedRange<UInt64> = 1...12

  @Test(arguments: Corruption.allCases) func sameSeedGivesTheSameVoxelsForAnyThreads(_ corruption: Corruption) throws {
    let original = try Self.original(seed: 5)
    let once = try corruption.applied(to: original, threads: 1)
    let again = try corruption.applied(to: original, threads: 3)
    #expect(once.volume.voxels == again.volume.voxels && once.labels == again.labels)
    #expect(once.record.choices == again.record.choices)
    let other = try corruption.applied(to: Self.original(seed: 6), threads: 1)
    // An axis or a side may be drawn twice; a number is not.
    let isNumber = corruption != .flippedOrientation && corruption != .wrongRegion
    #expect(once.record.choices != other.record.choices || !isNumber)
  }

  @Test(arguments: Corruption.allCases) func recordKeepsTheOriginalsChoicesAndNamesTheCorruption(
    _ corruption: Corruption
  ) throws {
    let record = try corruption.applied(to: Self.original(seed: 5), threads: 1).record
    #expect(record.choices["age"] == .number(1) && record.choices["corruption"] == .text(corruption.rawValue))
    #expect(record.choices.keys.filter { $0.hasPrefix("corruption_") }.count >= 1)
  }

  @Test func namesAreThoseOfTheCohort() {
    #expect(
      Corruption.allCases.map(\.rawValue) == [
        "noise", "hu-shift", "organ-cut", "missing-slices", "flipped-orientation", "wrong-region", "metal",
      ])
  }

  @Test(arguments: [Corruption.noise, .huShift, .metal]) func changesOfHULeaveGridAndLabels(
    _ corruption: Corruption
  ) throws {
    let original = try Self.original(seed: 3)
    let made = try corruption.applied(to: original, threads: 1)
    #expect(made.volume.geometry == original.volume.geometry && made.labels == original.labels)
    #expect(made.volume.voxels != original.volume.voxels)
    #expect(made.volume.voxels.allSatisfy { $0 >= -1024 && $0 <= 3071 })
  }

  @Test(arguments: seeds) func noiseHasTheRecordedSpreadAndNoMean(_ seed: UInt64) throws {
    let original = try Self.original(seed: seed)
    let made = try Corruption.noise.applied(to: original, threads: 1)
    // Borders repeat a voxel while smoothing, which leaves more noise there.
    let inside = try #require(VoxelBox(x: 3..<27, y: 3..<23, z: 3..<45))
    let noise = zip(
      try made.volume.cropped(to: inside).voxels, try original.volume.cropped(to: inside).voxels
    ).map { Double($0) - Double($1) }
    let mean = noise.reduce(0, +) / Double(noise.count)
    let sd = (noise.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(noise.count)).squareRoot()
    guard case .number(let recorded) = made.record.choices["corruption_noise_sd_hu"] else {
      Issue.record("no spread in the record")
      return
    }
    #expect((25...90).contains(recorded))
    #expect(abs(sd / recorded - 1) < 0.03, "found \(sd), recorded \(recorded)")
    #expect(abs(mean) < 0.05 * recorded)
  }

  @Test(arguments: seeds) func shiftIsOneNumberEverywhere(_ seed: UInt64) throws {
    let original = try Self.original(seed: seed)
    let made = try Corruption.huShift.applied(to: original, threads: 1)
    let shifts = Set(zip(made.volume.voxels, original.volume.voxels).map { $0 - $1 })
    #expect(shifts.count == 1 && shifts.allSatisfy { (30...100).contains(abs($0)) })
  }

  @Test(arguments: seeds) func cutKeepsAPartOfTheOrganInPlace(_ seed: UInt64) throws {
    let original = try Self.original(seed: seed)
    let made = try Corruption.organCut.applied(to: original, threads: 1)
    #expect(made.isPart(of: original))
    let share = Double(made.organVoxels) / Double(original.organVoxels)
    #expect(share >= 0.3 && share < 0.9)
    #expect(made.record.choices["corruption_organ_share_kept"] == .number(share))
  }

  @Test(arguments: seeds) func wrongRegionShowsHardlyAnyOfTheOrgan(_ seed: UInt64) throws {
    let original = try Self.original(seed: seed)
    let made = try Corruption.wrongRegion.applied(to: original, threads: 1)
    #expect(made.isPart(of: original))
    #expect(Double(made.organVoxels) <= 0.03 * Double(original.organVoxels))
    #expect(Double(made.volume.size.z) * 2.5 >= 40)
  }

  @Test func wrongRegionOfACaseFullOfOrganKeepsARim() throws {
    let original = try Self.original(seed: 4, organRadius: 22)
    let made = try Corruption.wrongRegion.applied(to: original, threads: 1)
    #expect(made.isPart(of: original) && made.volume.size.z == 16)
  }

  @Test(arguments: seeds) func lostSlicesAreWholeAndTheGeometryDoesNotKnow(_ seed: UInt64) throws {
    let original = try Self.original(seed: seed)
    let made = try Corruption.missingSlices.applied(to: original, threads: 1)
    let (new, old) = (made.volume.geometry, original.volume.geometry)
    #expect(new.size.z < old.size.z && new.size.x == old.size.x && new.size.y == old.size.y)
    #expect(new.spacing == old.spacing && new.origin == old.origin && new.direction == old.direction)
    // Every slice is one of the original's, in order, its labels with it: voxel (0, 0, z) is 9 z - 300.
    let plane = new.size.x * new.size.y
    let sources = (0..<new.size.z).map { (Int(made.volume.voxels[$0 * plane]) + 300) / 9 }
    #expect(sources == sources.sorted() && Set(sources).count == sources.count)
    for (z, source) in sources.enumerated() {
      #expect(
        made.volume.voxels[z * plane..<(z + 1) * plane]
          == original.volume.voxels[source * plane..<(source + 1) * plane])
      #expect(
        made.labels.labels[z * plane..<(z + 1) * plane] == original.labels.labels[source * plane..<(source + 1) * plane]
      )
    }
  }

  @Test(arguments: seeds) func flipTwiceGivesTheOriginal(_ seed: UInt64) throws {
    let original = try Self.original(seed: seed)
    let once = try Corruption.flippedOrientation.applied(to: original, threads: 1)
    #expect(once.volume.geometry == original.volume.geometry && once.volume.voxels != original.volume.voxels)
    #expect(once.organVoxels == original.organVoxels)
    let twice = try Corruption.flippedOrientation.applied(to: once, threads: 1)
    #expect(twice.volume.voxels == original.volume.voxels && twice.labels == original.labels)
  }

  @Test(arguments: seeds) func metalSaturatesAndStreaksItsOwnSlicesAlone(_ seed: UInt64) throws {
    let original = try Self.original(seed: seed)
    let made = try Corruption.metal.applied(to: original, threads: 1)
    let plane = made.volume.size.x * made.volume.size.y
    let changed = (0..<made.volume.size.z).filter {
      made.volume.voxels[$0 * plane..<($0 + 1) * plane] != original.volume.voxels[$0 * plane..<($0 + 1) * plane]
    }
    #expect(!changed.isEmpty && changed.count < made.volume.size.z)
  }

  /// The streaks of many voxels against the same sum in the order of the formula.
  @Test func rodIsSaturatedAndSymmetricStreaksFadeWithTheDistance() throws {
    var random = RandomStream(seed: 1, name: "rod")
    let rod = MetalRod(near: SIMD3(45, 40, 60), random: &random)
    for angle in stride(from: 0.0, to: 6, by: 0.5) {
      let direction = SIMD2(ElementaryFunctions.cos(angle), ElementaryFunctions.sin(angle))
      #expect(abs(rod.streakHU(at: direction * 20) - rod.streakHU(at: direction * -20)) < 1e-3)
    }
    let far = (0..<64).map { abs(rod.streakHU(at: SIMD2(400, Double($0) * 10))) }.reduce(0, +)
    let near = (0..<64).map { abs(rod.streakHU(at: SIMD2(10, Double($0) * 0.25))) }.reduce(0, +)
    #expect(far < near)
    let size = try #require(VolumeSize(x: 60, y: 60, z: 60))
    var voxels = [Int16](repeating: 0, count: size.voxelCount)
    rod.saturate(&voxels, size: size, spacing: SIMD3(repeating: 3))
    let count = Double(voxels.count { $0 == 3071 })
    let expected = Double.pi * rod.radius * rod.radius * 2 * rod.halfLength / 27
    #expect(count > 0.4 * expected && count < 2.5 * expected, "\(count) voxels, expected about \(expected)")
  }

  @Test(arguments: [Corruption.organCut, .missingSlices, .wrongRegion, .metal])
  func caseWithoutTheOrganIsRefused(_ corruption: Corruption) throws {
    let original = try Self.original(seed: 1)
    let error = #expect(throws: CorruptionError.self) {
      try corruption.applied(to: original, organ: .spleen, threads: 1)
    }
    #expect(error?.message.contains("spleen") == true && error?.message.contains(corruption.rawValue) == true)
  }
}

extension SyntheticCase {
  /// Voxels of the pancreas.
  var organVoxels: Int { labels.labels.count { $0 == PhantomLabel.pancreas.rawValue } }

  /// Whether every voxel lies in the patient where the other case has the same HU and label.
  func isPart(of other: SyntheticCase) -> Bool {
    let (size, whole) = (volume.size, other.volume.size)
    for z in 0..<size.z {
      for y in 0..<size.y {
        for x in 0..<size.x {
          let position = volume.geometry.position(ofIndex: SIMD3(Double(x), Double(y), Double(z)))
          let index = other.volume.geometry.index(ofPosition: position).rounded(.toNearestOrEven)
          guard (0..<Double(whole.x)).contains(index.x), (0..<Double(whole.y)).contains(index.y),
            (0..<Double(whole.z)).contains(index.z)
          else { return false }
          let there = (Int(index.z) * whole.y + Int(index.y)) * whole.x + Int(index.x)
          let here = (z * size.y + y) * size.x + x
          guard volume.voxels[here] == other.volume.voxels[there], labels.labels[here] == other.labels.labels[there]
          else { return false }
        }
      }
    }
    return true
  }
}
