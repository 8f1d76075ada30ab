import Foundation
import Phantom
import Testing
import Volumes

struct ParametricPhantomTests {
  /// 64-bit FNV-1a over voxels (little endian) and labels.
  private func hash(_ phantom: SyntheticCase) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    for voxel in phantom.volume.voxels {
      add(UInt8(truncatingIfNeeded: voxel))
      add(UInt8(truncatingIfNeeded: voxel >> 8))
    }
    for label in phantom.labels.labels { add(label) }
    return hash
  }

  @Test func aSeedGivesTheRecordedBitsForAnyThreads() throws {
    let size = VolumeSize(x: 32, y: 32, z: 32)
    for threads in [1, 2, 4] {
      let phantom = try ParametricPhantom(seed: 3000).render(
        size: size, spacing: SIMD3(10, 8, 6), threads: threads)
      #expect(hash(phantom) == 385_243_661_534_206_904, "\(threads) threads: \(hash(phantom))")
    }
  }

  @Test func otherSeedsAndDifficultiesGiveOtherVoxels() throws {
    let size = VolumeSize(x: 16, y: 16, z: 8)
    let spacing = SIMD3(20.0, 20, 20)
    let hashes = try [(1, 1.0), (2, 1), (1, 1.5)].map { seed, difficulty in
      hash(
        try ParametricPhantom(seed: UInt64(seed), difficulty: difficulty).render(
          size: size, spacing: spacing, threads: 2))
    }
    #expect(Set(hashes).count == 3)
  }

  /// Volume in mL and centroid in mm of every label.
  private func organs(_ phantom: SyntheticCase) -> [PhantomLabel: (millilitres: Double, centroid: SIMD3<Double>)] {
    let geometry = phantom.volume.geometry
    var sums: [UInt8: (Double, SIMD3<Double>)] = [:]
    var index = 0
    for z in 0..<geometry.size.z {
      for y in 0..<geometry.size.y {
        for x in 0..<geometry.size.x {
          let label = phantom.labels.labels[index]
          index += 1
          guard label != 0 else { continue }
          let sum = sums[label] ?? (0, .zero)
          sums[label] = (sum.0 + 1, sum.1 + SIMD3(Double(x), Double(y), Double(z)))
        }
      }
    }
    var organs: [PhantomLabel: (Double, SIMD3<Double>)] = [:]
    for label in PhantomLabel.allCases {
      guard let (count, sum) = sums[label.rawValue] else { continue }
      organs[label] = (count * geometry.voxelMillilitres, geometry.position(ofIndex: sum / count))
    }
    return organs
  }

  @Test func oneSeedIsOneAnatomyAtTwoSpacings() throws {
    let phantom = ParametricPhantom(seed: 20)
    let (small, large) = (VolumeSize(x: 68, y: 56, z: 44), VolumeSize(x: 102, y: 84, z: 66))
    let coarse = organs(try phantom.render(size: small, spacing: SIMD3(repeating: 4.5), threads: 2))
    let fine = organs(try phantom.render(size: large, spacing: SIMD3(repeating: 3), threads: 2))
    let solid: [PhantomLabel] = [.pancreas, .liver, .spleen, .leftKidney, .rightKidney, .stomach, .colon]
    for label in solid {
      let (a, b) = (try #require(coarse[label]), try #require(fine[label]))
      #expect(abs(a.millilitres / b.millilitres - 1) < 0.05, "\(label): \(a.millilitres) and \(b.millilitres) mL")
      let distance = ((a.centroid - b.centroid) * (a.centroid - b.centroid)).sum().squareRoot()
      #expect(distance < 1, "\(label) moved by \(distance) mm")
    }
  }

  @Test func anatomiesHaveEveryLabelWhereItBelongs() throws {
    let found = organs(try ParametricPhantom(seed: 12).render(size: nil, spacing: SIMD3(6, 6, 6), threads: 2))
    #expect(found.count == PhantomLabel.allCases.count)
    let liver = try #require(found[.liver]).centroid
    let spleen = try #require(found[.spleen]).centroid
    let pancreas = try #require(found[.pancreas]).centroid
    let lung = try #require(found[.lung]).centroid
    let colon = try #require(found[.colon]).centroid
    let bone = try #require(found[.bone]).centroid
    #expect(liver.x < pancreas.x && pancreas.x < spleen.x, "liver on the right, spleen on the left")
    #expect(try #require(found[.leftKidney]).centroid.x > 20 && #require(found[.rightKidney]).centroid.x < -20)
    #expect(lung.z > liver.z && colon.z < liver.z, "lungs above, colon below")
    #expect(bone.y > pancreas.y, "the spine lies behind")
    #expect(try #require(found[.aorta]).centroid.x > #require(found[.inferiorVenaCava]).centroid.x)
  }

  @Test func pancreasesReachFromAtrophicToBulky() throws {
    let volumes = try (0..<12).map { seed in
      let phantom = try ParametricPhantom(seed: UInt64(200 + seed)).render(
        size: VolumeSize(x: 42, y: 32, z: 30), spacing: SIMD3(repeating: 6), threads: 2)
      let voxels = phantom.labels.labels.lazy.filter { $0 == PhantomLabel.pancreas.rawValue }.count
      return Double(voxels) * phantom.volume.geometry.voxelMillilitres
    }
    #expect(volumes.allSatisfy { $0 > 13 && $0 < 130 }, "\(volumes)")
    #expect((volumes.min() ?? 99) < 40 && (volumes.max() ?? 0) > 60, "\(volumes)")
  }

  @Test func missingGallbladderIsInTheRecordAndNotInTheLabels() throws {
    var seen: Set<Bool> = []
    for seed in 0..<9 {
      let phantom = try ParametricPhantom(seed: UInt64(seed)).render(
        size: VolumeSize(x: 26, y: 26, z: 20), spacing: SIMD3(repeating: 7), threads: 2)
      let isMissing = phantom.record.choices["gallbladder"] == .text("missing")
      seen.insert(isMissing)
      #expect(phantom.labels.labels.contains(PhantomLabel.gallbladder.rawValue) != isMissing, "seed \(seed)")
    }
    #expect(seen.count == 2)
  }

  @Test func refusesGridsThatMakeNoSense() throws {
    let phantom = ParametricPhantom(seed: 1)
    for spacing in [SIMD3(0.0, 1, 1), SIMD3(1, .nan, 1), SIMD3(1, 1, -2), SIMD3(1, 1, 200)] {
      #expect(throws: PhantomError.self) { try phantom.render(size: nil, spacing: spacing, threads: 1) }
    }
    for difficulty in [-1, .nan, 5] {
      #expect(throws: PhantomError.self) {
        try ParametricPhantom(seed: 1, difficulty: difficulty).render(size: nil, spacing: nil, threads: 1)
      }
    }
    #expect(throws: PhantomError.self) {
      try phantom.render(size: VolumeSize(x: 2048, y: 2048, z: 2048), spacing: nil, threads: 1)
    }
    #expect(throws: PhantomError.self) {
      try phantom.render(size: VolumeSize(x: 4, y: 4, z: 1000), spacing: nil, threads: 1)
    }
  }

  @Test func recordSaysWhatItIs() throws {
    let phantom = try ParametricPhantom(seed: 5).render(
      size: VolumeSize(x: 8, y: 8, z: 8), spacing: SIMD3(repeating: 30), threads: 1)
    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(phantom.record)) as? [String: Any]
    let record = try #require(json)
    #expect(record["schema"] as? String == "org.islet.phantom/1")
    #expect(record["data"] as? String == "synthetic")
    #expect(record["research_use"] as? String == "Research use only, not for diagnosis.")
    #expect(record["seed"] as? Int == 5)
    #expect(record["size"] as? [Int] == [8, 8, 8])
    #expect((record["labels"] as? [String: Int])?["left kidney"] == 4)
    #expect((record["choices"] as? [String: Any])?["phase"] is String)
  }
}
